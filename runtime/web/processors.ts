/**
 * Audio worklets, on their own thread. The runtime is attached when the first processor is made, by what its node has
 * put into the options (worklets.ts): until then no code of the thread's can have reached memory of another's. Then
 * the processor's port says hello, and is spoken to in envelopes. Nothing here runs in `process()`.
 */

import type { ThreadRuntime } from '../contract.ts';
import { type AnyConstructor, intercept, throwingAsOriginal } from '../intercept/disguise.ts';
import { envelopeOf, unpack } from '../intercept/envelope.ts';
import { openIfEnvelope } from '../intercept/open.ts';
import { sealAndSend } from '../intercept/post.ts';
import { HELLO, isStart, type MadeWith, type Reseal, resealWith } from './links.ts';
import { watch } from './listen.ts';
import { apply, construct, getOwnPropertyDescriptor, postOnPort } from './natives.ts';
import { newThread, type Thread } from './thread.ts';
import { START_KEY } from './worklets.ts';

interface Scope {
  AudioWorkletProcessor: AnyConstructor;
}

interface Options {
  processorOptions?: Record<string, unknown>;
}

/** `attach` makes the runtime of this thread. */
export function interceptProcessors(thread: Thread, attach: (made: MadeWith) => void): void {
  const scope = globalThis as unknown as Scope;
  const Base = scope.AudioWorkletProcessor;
  const portOf = getOwnPropertyDescriptor(Base.prototype, 'port')!.get as () => MessagePort;
  /** of processors whose nodes have the runtime */
  const ports: WeakSet<object> = new WeakSet();
  /** the processor that is being made has such a node */
  let isChecked = false;

  intercept(globalThis, 'registerProcessor', (original, self, args) => {
    if (typeof args[1] !== 'function') return apply(original, self, args);
    const Processor = new Proxy(args[1] as AnyConstructor, {
      construct(target, given, newTarget) {
        const options = (given[0] as Options | undefined)?.processorOptions;
        const made = options?.[START_KEY] as MadeWith | undefined;
        isChecked = made !== undefined;
        if (made !== undefined) {
          delete options![START_KEY];
          if (thread.runtime === undefined) attach(made);
          thread.attached((runtime) => {
            const [, , , contents, clock, cause] = made;
            runtime.fromEventLoop();
            unpack(runtime, contents);
            runtime.causes.serve(cause);
            openIfEnvelope(runtime, envelopeOf(undefined, clock, cause), true);
          });
        }
        return construct(target, given, newTarget) as object;
      },
    });
    return apply(original, self, [args[0], Processor]);
  });

  // the base class makes the port, before the program's constructor sees it
  scope.AudioWorkletProcessor = new Proxy(Base, {
    construct(target, given, newTarget) {
      const processor = construct(target, given, newTarget) as object;
      if (isChecked && thread.runtime !== undefined)
        speak(thread.runtime, apply(portOf, processor, []) as MessagePort);
      return processor;
    },
  });

  function speak(runtime: ThreadRuntime, port: MessagePort): void {
    // plain messages wait for the answer, which says what they bring
    const answered = newThread();
    let reseal: Reseal = (message) => message;
    watch(answered, port, {
      control(message) {
        if (!isStart(message)) return false;
        reseal = resealWith(runtime, message[4]);
        answered.attach(runtime);
        return true;
      },
      reseal: (message, sent) => reseal(message, sent),
    });
    ports.add(port);
    apply(postOnPort, port, [HELLO]);
  }

  intercept(
    MessagePort.prototype,
    'postMessage',
    throwingAsOriginal((original, port, args) => {
      const { runtime } = thread;
      if (args.length === 0 || runtime === undefined || !ports.has(port)) return apply(original, port, args);
      return sealAndSend(runtime, postOnPort, port, args);
    }),
  );
}
