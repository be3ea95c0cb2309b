/** What every renderer says of a diagnosis: its name for people, the usual fix in two lines, and the page on it. */
import type { Diagnosis } from './report.ts';

export interface DiagnosisText {
  title: string;
  hint: readonly [string, string];
  /** in the repository and in the package */
  page: string;
}

export const DIAGNOSES: Readonly<Record<Diagnosis, DiagnosisText>> = {
  'lost-update': {
    title: 'lost update',
    hint: [
      'Both threads read, change and write back, so one of the two changes can be lost.',
      'Make it one step with Atomics.add, sub, and, or, xor or a compareExchange loop, or hold one lock around it.',
    ],
    page: 'docs/races/lost-update.md',
  },
  'unsafe-publication': {
    title: 'publication without Atomics',
    hint: [
      'The data is announced by a plain write, which orders nothing: the reader may see the flag and old data.',
      'Write the data first, then the flag with Atomics.store; read the flag with Atomics.load, then the data.',
    ],
    page: 'docs/races/unsafe-publication.md',
  },
  'early-publication': {
    title: 'published before it was written',
    hint: [
      'The data is written after the store that announces it, and a release orders only what came before it.',
      'Write all of the data first, and store the flag or index that announces it last.',
    ],
    page: 'docs/races/early-publication.md',
  },
  'not-awaited': {
    title: 'read without waiting',
    hint: [
      'A thread reads what one that it started writes, and has heard nothing of it: the value may not be there yet.',
      'Wait for its message or its end before the read; what is watched meanwhile needs Atomics on both sides.',
    ],
    page: 'docs/races/not-awaited.md',
  },
  'mixed-atomic-plain': {
    title: 'mixed plain and atomic access',
    hint: [
      'One side uses Atomics, the other a plain read or write of the same element, which takes no part in the order.',
      'Use Atomics.load and Atomics.store for every access to this element that another thread can be busy with.',
    ],
    page: 'docs/races/mixed-atomic-plain.md',
  },
  'overlapping-widths': {
    title: 'overlapping accesses of different widths',
    hint: [
      'The two accesses share only some of their bytes; even two atomic ones are no atomic pair then.',
      'Let all threads use one element type and one index for these bytes, or keep them apart with a lock.',
    ],
    page: 'docs/races/overlapping-widths.md',
  },
  'use-after-hand-over': {
    title: 'use after hand-over',
    hint: [
      'A thread goes on with memory that it has passed to another one by a message, while that one works on it.',
      'Wait for the answer before the next access, or give each message memory of its own.',
    ],
    page: 'docs/races/use-after-hand-over.md',
  },
  'check-then-act': {
    title: 'check, then act',
    hint: [
      'What was checked may no longer hold when it is acted upon: another thread writes in between.',
      'Do both in one Atomics.compareExchange, or hold one lock from the check to the end of the act.',
    ],
    page: 'docs/races/check-then-act.md',
  },
  'torn-value': {
    title: 'torn value',
    hint: [
      'The value is written in more than one step, so a reader can see half of the old and half of the new one.',
      'Hold a lock around both sides, or publish it with Atomics; BigInt64Array works with Atomics, Float64Array does not.',
    ],
    page: 'docs/races/torn-value.md',
  },
  'spin-flag': {
    title: 'spinning on a plain read',
    hint: [
      'A loop reads the flag plainly: the engine may read it once and loop for ever, and it orders nothing after it.',
      'Read it with Atomics.load, or sleep with Atomics.wait; write it with Atomics.store, then Atomics.notify.',
    ],
    page: 'docs/races/spin-flag.md',
  },
  'lock-not-held': {
    title: 'lock not held',
    hint: [
      'One thread holds a lock at its access, the other does not, so the lock keeps nobody out.',
      'Take the same lock around the other access as well, and release it only after the access.',
    ],
    page: 'docs/races/lock-not-held.md',
  },
  'different-locks': {
    title: 'different locks',
    hint: [
      'Each thread holds a lock at its access, but not the same one, so neither keeps the other out.',
      'Hold the lock that guards this memory at both accesses; where each part has one, those of all parts that are touched.',
    ],
    page: 'docs/races/different-locks.md',
  },
};
