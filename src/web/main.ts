/**
 * The composition root of a thread in a browser: the runtime, and where reports go. The build for browsers makes
 * `main` the function that runs this module's parts (scripts/build.mjs): evaluating them needs shared memory.
 */
import { startFrame, startPage, startWorker, startWorklet } from '../../runtime/web/start.ts';
import { collect } from './collect.ts';
import { host } from './host.ts';
import { tell } from './tell.ts';

export type Kind = 'page' | 'worker' | 'worklet';

export interface Main {
  /** False if nothing is checked in this thread. */
  start(kind: Kind): boolean;
}

/** The function that the build puts around all of this. */
declare const tsraceWeb: () => void;
const text = (): string => tsraceWeb.toString();

const parts: Main = {
  start(kind) {
    if (kind === 'worker') return startWorker(tell, text);
    if (kind === 'worklet') startWorklet(tell);
    // a window of a test runner's has its races to itself
    else if (host !== undefined || !startFrame(text))
      startPage(collect, text, (channel) => host !== undefined && channel.startsWith(host.channels));
    return true;
  },
};

/** `_class`: what the build makes `SharedArrayBuffer` of all of this, where no global of that name may be. */
export const main = (_class: SharedArrayBufferConstructor): Main => parts;
