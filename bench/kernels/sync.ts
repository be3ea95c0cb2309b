// Barrier, mutex and reader-writer lock on Int32Arrays over shared memory.

const SPIN = 1000;

// ---- barrier: [threads, arrived, generation] ----

export function createBarrier(threads: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(12);
  new Int32Array(buffer)[0] = threads;
  return buffer;
}

export function barrierWait(barrier: Int32Array): void {
  const generation = Atomics.load(barrier, 2);
  if (Atomics.add(barrier, 1, 1) + 1 === barrier[0]) {
    Atomics.store(barrier, 1, 0);
    Atomics.add(barrier, 2, 1);
    Atomics.notify(barrier, 2);
  } else {
    while (Atomics.load(barrier, 2) === generation) Atomics.wait(barrier, 2, generation);
  }
}

// ---- mutex: one word; 0 free, 1 held, 2 held and perhaps waited for ----

export function mutexLock(words: Int32Array, at: number): void {
  if (Atomics.compareExchange(words, at, 0, 1) === 0) return;
  for (let i = 0; i < SPIN; i++) {
    if (Atomics.load(words, at) === 0 && Atomics.compareExchange(words, at, 0, 1) === 0) return;
  }
  while (Atomics.exchange(words, at, 2) !== 0) Atomics.wait(words, at, 2);
}

export function mutexUnlock(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, 0) === 2) Atomics.notify(words, at, 1);
}

// ---- reader-writer lock: [state, waiters]; state is the number of readers, or -1 for a writer ----

function rwSleep(lock: Int32Array, seen: number): void {
  Atomics.add(lock, 1, 1);
  Atomics.wait(lock, 0, seen);
  Atomics.sub(lock, 1, 1);
}

function rwWake(lock: Int32Array): void {
  if (Atomics.load(lock, 1) > 0) Atomics.notify(lock, 0);
}

export function readLock(lock: Int32Array): void {
  for (let i = 0; ; i++) {
    const state = Atomics.load(lock, 0);
    if (state >= 0) {
      if (Atomics.compareExchange(lock, 0, state, state + 1) === state) return;
    } else if (i >= SPIN) {
      rwSleep(lock, state);
    }
  }
}

export function readUnlock(lock: Int32Array): void {
  if (Atomics.sub(lock, 0, 1) === 1) rwWake(lock);
}

export function writeLock(lock: Int32Array): void {
  for (let i = 0; ; i++) {
    const state = Atomics.load(lock, 0);
    if (state === 0) {
      if (Atomics.compareExchange(lock, 0, 0, -1) === 0) return;
    } else if (i >= SPIN) {
      rwSleep(lock, state);
    }
  }
}

export function writeUnlock(lock: Int32Array): void {
  Atomics.store(lock, 0, 0);
  rwWake(lock);
}
