// How fast source becomes what runs, in a process that has done nothing yet: cold, by the plugin, Babel's loading
// included; and warm, from the cache on disk. And by how much the code grows.
import { join } from 'node:path';
import { build } from 'esbuild';
import { repeats, times } from '../cells.mjs';
import { writeCorpora } from '../corpus.mjs';
import { launchForJson } from '../launch.mjs';
import { median } from '../numbers.mjs';
import { interleaved } from '../rounds.mjs';
import { measureRows } from '../rows.mjs';

async function measure(project, options) {
  const loader = await bundleLoader(project);
  const program = project.program('transform.mjs');
  const items = writeCorpora(project, options.quick).map(([language, list]) => [
    language,
    async () => {
      const run = () => launchForJson(project, false, program, [loader, list]);
      const measured = await interleaved(options, {
        cold: () => {
          project.emptyCache();
          return run();
        },
        warm: run,
      });
      const [{ read, emitted, plain }] = measured.samples.warm;
      const speed = (runs) => median(runs.map(({ seconds }) => read / 1e6 / seconds));
      return {
        name: language,
        bytes: read,
        growth: emitted / plain,
        coldMBps: speed(measured.samples.cold),
        warmMBps: speed(measured.samples.warm),
        ...measured,
      };
    },
  ]);
  const rows = await measureRows('transform', items, ({ coldMBps }) => `${coldMBps.toFixed(2)} MB/s cold`);
  return { rows };
}

/** The loader's own way from source to code, which a program cannot call: made from its sources, beside the plugin. */
async function bundleLoader(project) {
  const outfile = join(project.dist, 'bench-loader.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/loader/transform.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    outfile,
  });
  return outfile;
}

const tables = ({ rows }) => [
  {
    title: 'Transform',
    head: ['source', 'size', 'cold', 'warm', 'growth of the code', 'rounds repeated'],
    rows: rows.map((row) =>
      row.failed
        ? [row.name, 'failed', '', '', '', '']
        : [
            row.name,
            `${(row.bytes / 1e6).toFixed(2)} MB`,
            `${row.coldMBps.toFixed(2)} MB/s`,
            `${row.warmMBps.toFixed(1)} MB/s`,
            times(row.growth),
            repeats(row),
          ],
    ),
  },
];

export const transform = { measure, tables };
