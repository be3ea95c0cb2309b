/**
 * What is surely wrong. Each rule looks at facts of the race alone: the two accesses, the path by which the one thread
 * last heard of the other, the locks they held, and the lines they stand on. Where none holds, nothing is said.
 */
import type { AccessReport, Diagnosis, Frame, LocationReport, RaceReport } from '../report.ts';
import type { SourceLines } from '../source-lines.ts';
import { readThenWrite } from './read-then-write.ts';

export interface Facts {
  race: Pick<RaceReport, 'kind' | 'location' | 'accesses'>;
  /**
   * The threads had no lock in common: 'one' held some, of the other it is known that it held none; or 'both' held some.
   * Null: it is not so, or not known.
   */
  locked: 'one' | 'both' | null;
  /** the last path starts with a message, and the buffer was in it */
  handedOver: boolean;
  /** the same two threads raced before, in the same direction, on other bytes: on what announces these */
  announced: boolean;
  /** the one that reads has started the one that writes, and has heard nothing of it */
  unheard: boolean;
  /** some thread has used Atomics on the same word */
  atomics: boolean;
  /** the release that the last path starts with, where that leads straight from the one thread to the other */
  announcedAt: Frame | undefined;
  source: SourceLines;
}

export function diagnose(facts: Facts): Diagnosis | null {
  const { race, locked, handedOver, announced, source } = facts;
  const { accesses, kind, location } = race;
  const [current, previous] = accesses;
  if (current.size !== previous.size && (current.atomic || previous.atomic)) return 'overlapping-widths';
  if (kind === 'atomic-overlap') return 'overlapping-widths';
  if (kind === 'atomic-plain' || facts.atomics) return 'mixed-atomic-plain';
  if (accesses.some((access) => spins(access, source))) return 'spin-flag';
  if (locked !== null) return locked === 'one' ? 'lock-not-held' : 'different-locks';
  if (handedOver) return 'use-after-hand-over';
  if (accesses.every(({ type }) => type === 'update')) return 'lost-update';
  const turn = readThenWrite(accesses, source);
  if (turn !== null) return turn;
  if (announced) return 'unsafe-publication';
  // what is tested is a flag or an index, and its reader does look whether it may go on
  if (facts.unheard && !accesses.some((access) => isTested(access, source))) return 'not-awaited';
  if (isEarly(accesses, facts.announcedAt)) return 'early-publication';
  return tears(location) ? 'torn-value' : null;
}

/** `while (flag[0] === 0)`: the loop waits for another thread, and the engine need not look again. */
function spins({ type, frames: [at] }: AccessReport, source: SourceLines): boolean {
  if (type !== 'read' || at === undefined) return false;
  const line = source.line(at) ?? '';
  const before = line.slice(0, at.column - 1);
  const element = line.slice(at.column - 1);
  const inCondition = /\bwhile\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*$/.test(before);
  return inCondition && /^[\w$.#]+\s*\[\s*(?:\d+|[A-Z][A-Z\d_.]*)\s*\]/.test(element);
}

/** `if (flag[0] === 1)`, `flag[0] && …`: what is read decides what is done. */
function isTested({ type, frames: [at] }: AccessReport, source: SourceLines): boolean {
  const line = at === undefined ? '' : (source.line(at) ?? '');
  return type === 'read' && /\b(?:if|while)\s*\(|[^?]\?[^?.:]|&&|\|\|/.test(line);
}

/** The write stands below the release that let the reader come, in the same function. */
function isEarly([current, previous]: RaceReport['accesses'], release: Frame | undefined): boolean {
  const [write] = previous.frames;
  return (
    current.type === 'read' &&
    previous.type === 'write' &&
    release !== undefined &&
    write !== undefined &&
    release.file === write.file &&
    release.function === write.function &&
    release.line < write.line
  );
}

/** The specification lets an access to it be made in parts. */
const tears = ({ view, byteLength }: LocationReport): boolean =>
  byteLength === 8 || (view === 'DataView' && byteLength > 1);
