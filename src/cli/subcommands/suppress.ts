/** `tsrace suppress`: writes an entry for a race of a report, by the fingerprint that holds when lines shift. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '../../options.ts';
import { readDocument } from '../../report/document.ts';
import { DocumentError } from '../../report/document-error.ts';
import { formatEntry, isDate, parseEntries } from '../../report/known/entry.ts';
import { locate, NAME } from '../../report/known/locate.ts';
import { printable } from '../../report/render/printable.ts';
import { describeAccess } from '../../report/render/text.ts';
import type { RaceReport, ThreadReport } from '../../report/report.ts';
import { writeFully } from '../../report/write.ts';
import { parseSubcommand, type Usage } from '../arguments.ts';
import { writeWhole } from '../output.ts';

const USAGE: Usage = {
  name: 'suppress',
  synopsis: 'ID --reason WHY [--until YYYY-MM-DD] [--report REPORT]',
  description: `Adds an entry for a race to ${NAME}: the nearest one here or above, or a new one here. With --report, the entry holds when lines shift, and says what it is about.`,
  flags: {
    reason: { type: 'string', description: 'why the race is known' },
    until: { type: 'string', description: 'the last day on which the entry counts, YYYY-MM-DD' },
    report: {
      type: 'string',
      description: 'the report that shows the race; the beginning of its id is enough',
    },
    suppressions: { type: 'string', description: 'the file to write' },
  },
  files: { name: 'id', least: 1, most: 1 },
  examples: ['tsrace suppress 8db1d3aa --reason "a counter for logs, see #123" --report races.json'],
};

export async function run(args: readonly string[]): Promise<number> {
  const given = await parseSubcommand(USAGE, args);
  if (typeof given === 'string') {
    writeFully(1, given);
    return 0;
  }
  const id = given.files[0]!;
  const flags = given.flags as Record<'reason' | 'until' | 'report' | 'suppressions', string | undefined>;
  const reason = flags.reason?.trim() ?? '';
  if (reason === '') throw new OptionError('suppress needs --reason WHY: say why the race is known');
  if (/[\r\n]/.test(reason)) throw new OptionError('--reason must be one line');
  const { until } = flags;
  if (until !== undefined && !isDate(until))
    throw new OptionError(`--until must be a date as in 2027-01-31, not ${JSON.stringify(until)}`);

  const file = flags.suppressions || locate(process.cwd()) || join(process.cwd(), NAME);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const entries = parseEntries(text, file);
  const found = flags.report === undefined ? undefined : find(id, flags.report);
  const pattern = fingerprintOf(found === undefined ? id : (found.race.stableId ?? found.race.id));
  const known = entries.find((entry) => entry.pattern === pattern);
  if (known !== undefined)
    throw new OptionError(`${file}:${known.line}: there is an entry for race:${pattern}`);

  const entry = formatEntry({ pattern, until, reason });
  // whatever was written has to be read again
  parseEntries(entry, file);
  const comment = found === undefined ? '' : `# ${about(found)}\n`;
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  writeWhole('--suppressions', file, `${before}${comment}${entry}\n`);
  const hint = found === undefined ? ' (with --report REPORT it would hold when lines shift)' : '';
  writeFully(1, `${printable(file)}: ${entry}${hint}\n`);
  return 0;
}

interface Found {
  race: RaceReport;
  threads: ThreadReport[];
}

function find(id: string, file: string): Found {
  const { races, threads } = readDocument(file);
  const found = races.filter(({ id: own, stableId }) => own.startsWith(id) || stableId?.startsWith(id));
  if (found.length === 1 && id !== '') return { race: found[0]!, threads };
  const count = found.length === 0 ? 'no race has' : `${found.length} races have`;
  throw new DocumentError(
    `${file}: ${count} an id that begins with ${JSON.stringify(id)}: tsrace view shows the ids`,
  );
}

function fingerprintOf(id: string): string {
  if (/^[0-9a-f]{8,}$/.test(id)) return id;
  throw new OptionError(
    `${JSON.stringify(id)} is no id of a race: give at least eight of its hex digits, or name a report with --report`,
  );
}

function about({ race, threads }: Found): string {
  const report = { race, threads, excerpts: [] };
  const places = race.accesses.map(({ role, frames: [at] }) => {
    const place =
      at === undefined ? '' : ` at ${printable(at.function)} (${printable(at.file)}:${at.line}:${at.column})`;
    return `${describeAccess(report, role, '').replace(/ by (?:main|worker) ?.*$/s, '')}${place}`;
  });
  return places.join(' and ').slice(0, 400);
}
