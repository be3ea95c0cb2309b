/** The end of a run, for a process that concludes its own: a bundle that is loaded when it comes to that. */
export { conclude } from './conclude.ts';
export { tell } from './tell.ts';
