// Prints the peak memory of the process at its end.
if (require('node:worker_threads').isMainThread) {
  process.on('exit', () => {
    require('node:fs').writeSync(2, `peak=${process.resourceUsage().maxRSS}\n`);
  });
}
