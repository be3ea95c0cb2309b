/** `tsrace diff`: what has changed between two reports. Only a new race fails it. */
import { compare } from '../../report/compare.ts';
import { readDocument } from '../../report/document.ts';
import { renderComparison } from '../../report/render/comparison.ts';
import { styleFor } from '../../report/style.ts';
import { writeFully } from '../../report/write.ts';
import { version } from '../../version.ts';
import { parseSubcommand, type Usage } from '../arguments.ts';

const NEW_RACES = 66;

const USAGE: Usage = {
  name: 'diff',
  synopsis: 'OLD NEW',
  description:
    'Compares two reports: which races are new, gone, or still there, also when lines have shifted. The exit code is 66 if there is a new race, else 0.',
  flags: {
    json: { type: 'boolean', description: 'print JSON: { new, gone, same }, each a list of races' },
  },
  files: { name: 'report', least: 2, most: 2 },
  examples: ['tsrace diff main.json races.json'],
};

export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const given = await parseSubcommand(USAGE, args);
  if (typeof given === 'string') {
    writeFully(1, given);
    return 0;
  }
  const [older, newer] = given.files.map(readDocument) as [
    ReturnType<typeof readDocument>,
    ReturnType<typeof readDocument>,
  ];
  const comparison = compare(older.races, newer.races);
  const { fresh, gone, same } = comparison;
  if (given.flags['json'] === true) {
    const tool = { name: 'tsrace', version };
    writeFully(1, `${JSON.stringify({ schemaVersion: 1, tool, new: fresh, gone, same }, null, 2)}\n`);
  } else {
    const { columns } = process.stdout;
    const style = styleFor({ fd: 1, color: 'auto', columns, prefix: '' }, env);
    writeFully(1, renderComparison(comparison, newer.threads, style));
  }
  return fresh.length > 0 ? NEW_RACES : 0;
}
