/**
 * `halt_on_error` for a tree of processes: the one that saw the race ends itself and leaves a record; the
 * command above it (`npm test`) might go on, so it is ended too.
 */
import type { ChildProcess } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import { readRecords } from '../report/records.ts';

export function killWhenHalted(directory: string, child: ChildProcess): FSWatcher {
  return watch(directory, { persistent: false }, () => {
    if (readRecords(directory).some(({ type }) => type === 'halt')) child.kill('SIGTERM');
  });
}
