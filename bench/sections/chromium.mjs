// The kernels in headless Chromium, built plainly and with the plugin, next to the same kernels in Node: each round runs
// all four, so that the ratio of the two slowdowns is that of one machine in one state. Memory is a browser's, and not
// measured.
import { CHROMIUM, hasChromium } from '../../scripts/chromium.mjs';
import { openBench } from '../browser.mjs';
import { cellsOf, repeats, seconds, times } from '../cells.mjs';
import { Failure } from '../launch.mjs';
import { geometricMean, median } from '../numbers.mjs';
import { interleaved } from '../rounds.mjs';
import { measureRows } from '../rows.mjs';
import { time } from '../timed.mjs';
import { transpileKernels } from '../transpile.mjs';
import { EXTRA, WORK } from '../work.mjs';

const THREADS = 2;
const TITLES = { 'as-is': 'as they are', barrier: 'a barrier after every repetition' };

async function measure(project, options) {
  const main = transpileKernels(project);
  const bench = await openBench(project);
  try {
    const regimes = {};
    for (const regime of options.regimes) {
      const items = options.kernels.map((name) => [
        name,
        () => row(project, options, main, bench, name, regime),
      ]);
      const rows = await measureRows(`Chromium, ${regime}`, items, (made) => times(made.chromium.slowdown));
      regimes[regime] = { rows, means: meansOf(rows) };
    }
    return { version: bench.version, regimes };
  } finally {
    await bench.close();
  }
}

async function row(project, options, main, bench, name, regime) {
  const { size, reps, short, program = name } = WORK[name];
  const mode = regime === 'barrier' ? ['barrier'] : [];
  const warmUp = [program, short, THREADS, 1, ...mode];
  const args = options.quick ? warmUp : [program, size, THREADS, reps, ...mode];
  // fills the cache
  if (!options.quick) await time(project, true, main, warmUp);
  const measured = await interleaved(options, {
    nodePlain: () => time(project, false, main, args),
    nodeTsrace: () => time(project, true, main, args),
    plain: () => bench.run(false, ...args),
    tsrace: () => bench.run(true, ...args),
  });
  const { samples } = measured;
  const results = new Set(Object.values(samples).flatMap((runs) => runs.map(({ checksum }) => checksum)));
  if (results.size > 1) throw new Failure(`the results differ: ${[...results].join(', ')}`);
  const node = pair(samples.nodePlain, samples.nodeTsrace);
  const chromium = pair(samples.plain, samples.tsrace);
  return { name, chromium, node, ratio: chromium.slowdown / node.slowdown, ...measured };
}

function pair(plainRuns, tsraceRuns) {
  const [plain, tsrace] = [plainRuns, tsraceRuns].map((runs) => median(runs.map((run) => run.seconds)));
  return { plain, tsrace, slowdown: tsrace / plain };
}

function meansOf(rows) {
  const counted = rows.filter(({ name, failed }) => !failed && !EXTRA.includes(name));
  if (counted.length === 0) return undefined;
  const meanOf = (platform) => geometricMean(counted.map((made) => made[platform].slowdown));
  const [chromium, node] = [meanOf('chromium'), meanOf('node')];
  return { kernels: counted.map(({ name }) => name), chromium, node, ratio: chromium / node };
}

const HEAD = ['kernel', 'plain', 'tsrace', 'slowdown', 'slowdown in Node', 'ratio', 'rounds repeated'];

const tables = ({ version, regimes }) =>
  Object.entries(regimes).map(([regime, { rows, means }]) => ({
    title: `Kernels in Chromium ${version.split('.')[0]}, ${TITLES[regime]}`,
    head: HEAD,
    rows: rows.map((made) => cellsOf(made, HEAD.length, cells)),
    notes: means ? [noteOf(means)] : [],
  }));

const cells = ({ chromium, node, ratio, ...measured }) => [
  seconds(chromium.plain),
  seconds(chromium.tsrace),
  times(chromium.slowdown),
  times(node.slowdown),
  ratio.toFixed(2),
  repeats(measured),
];

const noteOf = ({ kernels, chromium, node, ratio }) =>
  `geometric mean of ${kernels.length}: ${times(chromium)} in Chromium, ${times(node)} in Node, ratio ${ratio.toFixed(2)}`;

const unavailable = () =>
  hasChromium() ? undefined : `there is no ${CHROMIUM}: name Chromium with CHROMIUM=FILE`;

export const chromium = { measure, tables, unavailable };
