// What is left when a program does nothing: its start.
console.log('done');
