/** `tsrace merge`: the reports of shards, machines or many runs as one. */
import { readFileSync } from 'node:fs';
import { OptionError } from '../../options.ts';
import { readDocument } from '../../report/document.ts';
import { DocumentError } from '../../report/document-error.ts';
import { Merger } from '../../report/merge.ts';
import { renderJson } from '../../report/render/json.ts';
import { writeFully } from '../../report/write.ts';
import { parseSubcommand, type Usage } from '../arguments.ts';
import { writeWhole } from '../output.ts';

const USAGE: Usage = {
  name: 'merge',
  synopsis: 'REPORT... -o FILE',
  description:
    'Makes one report of many: a race that several have seen is one entry, with its counts added up. @LIST stands for the reports that the file LIST names, one a line; @- reads the list from stdin.',
  flags: {
    output: { alias: 'o', type: 'string', description: 'the file to write, - for stdout' },
    'skip-broken': { type: 'boolean', description: 'leave out reports that cannot be read, and say which' },
  },
  files: { name: 'report', least: 1, most: Infinity },
  examples: [
    'tsrace merge shard-*/races.json -o all.json',
    'find . -name races.json | tsrace merge @- -o all.json',
  ],
};

export async function run(args: readonly string[]): Promise<number> {
  const given = await parseSubcommand(USAGE, args);
  if (typeof given === 'string') {
    writeFully(1, given);
    return 0;
  }
  const output = given.flags['output'] as string | undefined;
  if (!output) throw new OptionError('merge needs -o FILE, where to write the report (- for stdout)');
  const skips = given.flags['skip-broken'] === true;
  const merger = new Merger();
  let broken = 0;
  for (const file of given.files.flatMap(listed)) {
    try {
      merger.add(readDocument(file));
    } catch (error) {
      if (!skips || !(error instanceof DocumentError)) throw error;
      writeFully(2, `tsrace: left out: ${error.message}\n`);
      broken++;
    }
  }
  if (merger.documents === 0) throw new OptionError('there was no report to merge');
  const document = merger.result();
  writeWhole('-o', output, renderJson(document));
  const seen = document.races.reduce((sum, { count }) => sum + count, 0);
  const without = broken > 0 ? ` (${counted(broken, 'report')} left out)` : '';
  writeFully(
    2,
    `tsrace: ${counted(merger.documents, 'report')} merged${without}: ${counted(document.races.length, 'data race')}, seen ${counted(seen, 'time')}\n`,
  );
  return 0;
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

function listed(word: string): string[] {
  if (!word.startsWith('@')) return [word];
  const list = word.slice(1);
  try {
    const lines = readFileSync(list === '-' ? 0 : list, 'utf8').split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OptionError(
      `${JSON.stringify(word)}: the list cannot be read (${code}): @FILE names a file with one report a line`,
    );
  }
}
