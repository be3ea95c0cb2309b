/**
 * The start of a thread in a browser: what kind it is, and the runtime that belongs there. Runs as the first code of
 * a page or worker. A page is thread 0 of its own analysis. A worker whose creator has the runtime says hello to it,
 * and is attached by the answer, which is the first that its event loop brings (thread.ts). Any other thread runs
 * unchecked.
 */
import type { Segments, ThreadRuntime } from '../contract.ts';
import type { PlainHooks } from '../hooks.ts';
import { defineInertHooks, type EarlyModule } from '../inert.ts';
import {
  type AnyFunction,
  disguiseSourceText,
  intercept,
  throwingAsOriginal,
} from '../intercept/disguise.ts';
import { interceptLocks } from '../intercept/locks.ts';
import { sealAndSend } from '../intercept/post.ts';
import { interceptWasmMemory, noteMemories } from '../intercept/shared-memory.ts';
import { interceptStructuredClone } from '../intercept/structured-clone.ts';
import { interceptText } from '../intercept/text.ts';
import { attachRuntime, createMainRuntime, joinRuntime } from '../thread.ts';
import { type Forwarding, forwardAtomics } from './atomics.ts';
import { Bell } from './bell.ts';
import { postLater } from './later.ts';
import { ALIVE, BYE, HELLO, isStart, type Reseal, resealWith } from './links.ts';
import { interceptListening, watch } from './listen.ts';
import { apply, getOwnPropertyDescriptor, listenFirst, ownerOf } from './natives.ts';
import { interceptBroadcast, interceptPorts } from './ports.ts';
import { interceptProcessors } from './processors.ts';
import { newThread, type Thread } from './thread.ts';
import { enterWindow, windowAround } from './windows.ts';
import { errorPlace, interceptWorkers, lifeLock, unmarked } from './workers.ts';
import { interceptWorklets } from './worklets.ts';

/** Called once, before any message reaches the program. What it returns is told of what is not checked. */
export type Began = (runtime: ThreadRuntime, bell: Bell) => (item: { what: string; why: string }) => void;

/** The text of the function that starts the runtime. */
export type Text = () => string;

/** Tells by the name of a broadcast channel that it is not the program's. */
export type IsForeign = (channel: string) => boolean;

const UNSEEN_WASM =
  'what its code reads and writes in shared memory is not recorded, only what JavaScript does';

/** The global of a worker. */
type Scope = typeof globalThis & { name: string; postMessage: AnyFunction };

export function startPage(began: Began, text: Text, isForeign: IsForeign): void {
  const bell = new Bell();
  const thread = newThread();
  const runtime = createMainRuntime(globalThis.location.href);
  interceptThread(thread, () => bell, text, isForeign);
  const note = begin(thread, runtime, bell, began);
  enterWindow(thread, runtime, bell.words, note, undefined);
}

/** A window on the thread of one around it, which is checked. False if there is none. */
export function startFrame(text: Text): boolean {
  const around = windowAround();
  if (around === undefined) return false;
  const bell = new Bell(around.bell);
  const thread = newThread();
  const runtime = joinRuntime(around.runtime);
  interceptThread(thread, () => bell, text);
  const note = begin(thread, runtime, bell, () => around.note);
  enterWindow(thread, runtime, around.bell, note, around);
  return true;
}

/** False if nobody checks this worker. */
export function startWorker(began: Began, text: Text): boolean {
  const scope = globalThis as Scope;
  const name = unmarked(scope.name);
  if (name === undefined) return false;
  const named = ownerOf(scope, 'name');
  const descriptor = named && getOwnPropertyDescriptor(named, 'name');
  if (descriptor !== undefined)
    Object.defineProperty(scope, 'name', { ...descriptor, configurable: true, get: () => name });
  const early: EarlyModule[] = [];
  const hooks = defineInertHooks(early);
  const atomics = forwardAtomics();
  noteMemories();
  const thread = newThread();
  let bell: Bell | undefined;
  let reseal: Reseal = (message) => message;
  const post = scope.postMessage;
  interceptThread(thread, () => bell!, text);
  watch(thread, scope, {
    control(message) {
      if (thread.runtime !== undefined || !isStart(message)) return false;
      const [, segments, seq, words, metas, cause] = message;
      bell = new Bell(words);
      const runtime = attach(segments, seq, { hooks, atomics, early });
      runtime.causes.serve(cause);
      reseal = resealWith(runtime, metas);
      live(seq, bell, () => apply(post, scope, [ALIVE]));
      begin(thread, runtime, bell, began);
      return true;
    },
    reseal: (message, ports) => reseal(message, ports),
  });
  interceptScope(thread, scope);
  return true;
}

/** An audio worklet: attached by what its first processor is made with. */
export function startWorklet(began: Began): void {
  const early: EarlyModule[] = [];
  const hooks = defineInertHooks(early);
  const atomics = forwardAtomics();
  const thread = newThread();
  interceptListening();
  interceptPorts(thread);
  interceptProcessors(thread, ([segments, seq, words]) => {
    const bell = new Bell(words);
    begin(thread, attach(segments, seq, { hooks, atomics, early }), bell, began);
  });
}

/** What a thread had before its runtime. */
interface Before {
  hooks: PlainHooks;
  atomics: Forwarding;
  early: EarlyModule[];
}

function attach(segments: Segments, seq: number, { hooks, atomics, early }: Before): ThreadRuntime {
  atomics.restore();
  const runtime = attachRuntime(segments, seq, hooks);
  atomics.follow();
  for (const module of early.splice(0)) runtime.hooks.module(...module);
  return runtime;
}

/** What needs no runtime yet. */
function interceptThread(
  thread: Thread,
  bell: () => Bell,
  text: Text,
  isForeign: IsForeign = () => false,
): void {
  interceptListening();
  interceptPorts(thread);
  interceptBroadcast(thread, () => bell().analysis, isForeign);
  interceptWorkers({ thread, bell, text });
  interceptWorklets(thread, bell);
}

function begin(thread: Thread, runtime: ThreadRuntime, bell: Bell, began: Began): ReturnType<Began> {
  const uninstrumented = began(runtime, bell);
  runtime.ambiguous = (file) =>
    uninstrumented({ what: file, why: 'its sites have numbers of another build: some frames are left out' });
  const cloner = ownerOf(globalThis, 'structuredClone');
  if (cloner !== undefined) interceptStructuredClone(runtime, cloner);
  interceptLocks(runtime, (globalThis.navigator as Navigator | undefined)?.locks);
  if ('TextDecoder' in globalThis) runtime.whenMet(() => interceptText(runtime));
  interceptWasmMemory(runtime, () => uninstrumented({ what: 'WebAssembly', why: UNSEEN_WASM }));
  disguiseSourceText();
  // the runtime is there from now on, and what has waited for it runs
  thread.attach(runtime);
  return uninstrumented;
}

/** What a worker has of its own: the way to its creator, and its end. */
function interceptScope(thread: Thread, scope: Scope): void {
  const nativePost = scope.postMessage;
  intercept(
    ownerOf(scope, 'postMessage')!,
    'postMessage',
    throwingAsOriginal((original, self, args) => {
      if (args.length === 0) return apply(original, self, args);
      const { runtime } = thread;
      if (runtime !== undefined) return sealAndSend(runtime, original, self, args);
      return postLater(thread, args, (later, held) => sealAndSend(later, original, self, held));
    }),
  );
  intercept(ownerOf(scope, 'close')!, 'close', (original, self, args) => {
    // what was posted before has to leave first
    thread.attached(() => {
      apply(nativePost, scope, [BYE]);
      apply(original, self, args);
    });
  });
  // the creator's `error` event comes after this one
  listenFirst(scope, 'error', () => {
    const { runtime } = thread;
    runtime?.hooks.annotations.release(errorPlace(runtime.seq), undefined);
  });
  apply(nativePost, scope, [HELLO]);
}

/** Holds the lock that says that this thread is alive. */
function live(seq: number, { analysis }: Bell, alive: () => void): void {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  const hold = (): Promise<never> => {
    alive();
    return new Promise(() => {});
  };
  locks?.request(lifeLock(seq, analysis), hold).catch(() => {});
}
