/** The end of a run, and what is known at its start, for a process that has one of its own: a bundle, loaded for that. */
export { conclude } from './conclude.ts';
export { prepareKnown } from './known/prepare.ts';
export { tell, tellTrace } from './tell.ts';
