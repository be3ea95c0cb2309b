/**
 * On each example `tsrace check` finds in the trace what the threads have found themselves, and nothing where there is
 * nothing. It may find more pairs of places than they, who remember each thread's last accesses only: on the same bytes.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RaceDocument } from '../../../src/index.ts';
import { CLI } from '../project.ts';

const FOLDER = 'fixtures/programs/examples';
const temporary = mkdtempSync(join(tmpdir(), 'tsrace-examples-'));
afterAll(() => rmSync(temporary, { recursive: true }));

function tsrace(...args: string[]): number | null {
  const { NODE_OPTIONS: _, TSRACE: __, FORCE_COLOR: ___, ...env } = process.env;
  return spawnSync(process.execPath, [CLI, ...args], { env: { ...env, TSRACE_ORDER: 'ab' } }).status;
}

const racesIn = (file: string): RaceDocument['races'] =>
  (JSON.parse(readFileSync(file, 'utf8')) as RaceDocument).races;

describe('check on examples', () => {
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.ts'))) {
    test(name, { timeout: 60_000 }, () => {
      const at = (file: string): string => join(temporary, `${name}.${file}`);
      const live = tsrace('--trace', at('trace'), '--json', at('live'), `${FOLDER}/${name}`);
      const offline = tsrace('check', at('trace'), '--json', at('offline'));
      expect([live, offline]).toEqual(name.startsWith('race-') ? [66, 66] : [0, 0]);
      const found = racesIn(at('offline'));
      const seen = racesIn(at('live'));
      expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(seen.map(({ id }) => id)));
      const buffers = (races: RaceDocument['races']): string[] => [
        ...new Set(races.map(({ location }) => JSON.stringify(location.allocatedAt))),
      ];
      expect(buffers(found).sort()).toEqual(buffers(seen).sort());
    });
  }
});
