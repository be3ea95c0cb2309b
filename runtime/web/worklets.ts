/**
 * Audio worklets, from the page. A worklet's thread hears nothing before its first processor is made, and then what
 * the processor is made with. So the start goes along in `processorOptions`, under a key that nobody reads who does not
 * know it; the processor's own port says hello, as a worker does, and a worklet without the runtime never sees an
 * envelope. All nodes of a context run on one thread.
 */
import type { ThreadRuntime } from '../contract.ts';
import {
  type AnyConstructor,
  intercept,
  replaceValue,
  standInClass,
  throwingAsOriginal,
} from '../intercept/disguise.ts';
import { pack } from '../intercept/envelope.ts';
import type { Bell } from './bell.ts';
import { HELLO, Link, type MadeWith, startMessage } from './links.ts';
import { watch } from './listen.ts';
import { apply, construct, getOwnPropertyDescriptor, postOnPort } from './natives.ts';
import type { Thread } from './thread.ts';

/** Of processorOptions. */
export const START_KEY = '\u0000tsrace';

interface Globals {
  AudioWorkletNode?: AnyConstructor;
  Worklet?: AnyConstructor;
}

/** The way to each processor whose node is here, by its port. */
const links: WeakMap<object, Link> = new WeakMap();

export function interceptWorklets(thread: Thread, bell: () => Bell): void {
  const { AudioWorkletNode: Original, Worklet } = globalThis as Globals;
  if (Original === undefined || Worklet === undefined) return;
  /** by context: the number of its worklet's thread */
  const threads: WeakMap<object, number> = new WeakMap();
  /** by worklet: the module that was added last */
  const files: WeakMap<object, string> = new WeakMap();
  const portOf = getOwnPropertyDescriptor(Original.prototype, 'port')!.get as () => MessagePort;

  intercept(Worklet.prototype, 'addModule', (original, self, args) => {
    files.set(self, String(args[0]));
    return apply(original, self, args);
  });

  const Patched = standInClass(Original, (args, newTarget) => {
    const { runtime } = thread;
    const [context, name, options] = args as [BaseAudioContext, unknown, AudioWorkletNodeOptions | undefined];
    const seq = runtime === undefined ? -1 : seqOf(runtime, context);
    if (runtime === undefined || seq < 0) return construct(Original, args, newTarget);
    const processorOptions = { ...options?.processorOptions, [START_KEY]: start(runtime, seq, options) };
    const given = { __proto__: options ?? null, processorOptions };
    const node = construct(Original, [context, name, given], newTarget) as AudioWorkletNode;
    const port = apply(portOf, node, []) as MessagePort;
    const link = new Link();
    link.seq = seq;
    link.cause = runtime.causes.current();
    links.set(port, link);
    watch(thread, port, {
      control(message) {
        if (message !== HELLO) return false;
        link.speaks = true;
        const answer = startMessage(runtime.segments, bell().words, link);
        apply(postOnPort, port, [answer]);
        return true;
      },
    });
    return node;
  });
  replaceValue(globalThis, 'AudioWorkletNode', Patched);
  replaceValue(Original.prototype, 'constructor', Patched);
  intercept(
    MessagePort.prototype,
    'postMessage',
    throwingAsOriginal((original, port, args) => {
      const link = links.get(port);
      const { runtime } = thread;
      if (link === undefined || runtime === undefined) return apply(original, port, args);
      return link.send(runtime, postOnPort, port, args);
    }),
  );

  function seqOf(runtime: ThreadRuntime, context: BaseAudioContext): number {
    if (typeof context !== 'object' || context === null) return -1;
    let seq = threads.get(context);
    if (seq === undefined) {
      const file = new URL(files.get(context.audioWorklet) ?? '', globalThis.location.href).href;
      seq = runtime.fork({ file, name: 'audio worklet' });
      threads.set(context, seq);
    }
    return seq;
  }

  function start(
    runtime: ThreadRuntime,
    seq: number,
    options: AudioWorkletNodeOptions | undefined,
  ): MadeWith {
    const contents = pack(runtime, options?.processorOptions, undefined);
    const clock = Array.from(runtime.release(0));
    return [runtime.segments, seq, bell().words, contents, clock, runtime.causes.current()];
  }
}
