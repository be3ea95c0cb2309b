// Slowdown and memory of the kernels, as they are and with a barrier after every repetition: each is a new epoch then,
// and nothing that an epoch remembers helps (the slow path).
import { secondsTable, times } from '../cells.mjs';
import { geometricMean } from '../numbers.mjs';
import { measureRows } from '../rows.mjs';
import { timePair } from '../timed.mjs';
import { transpileKernels } from '../transpile.mjs';
import { EXTRA, PASSES, WORK } from '../work.mjs';

const THREADS = 2;
const TITLES = { 'as-is': 'Kernels, as they are', barrier: 'Kernels, a barrier after every repetition' };

export const REGIMES = Object.keys(TITLES);

async function measure(project, options) {
  const main = transpileKernels(project);
  const result = {};
  for (const regime of options.regimes) {
    const items = options.kernels.map((name) => [name, () => pair(project, options, main, name, regime)]);
    const rows = await measureRows(regime, items, ({ slowdown }) => times(slowdown));
    result[regime] = { rows, means: meansOf(rows, regime) };
  }
  return result;
}

function pair(project, options, main, name, regime) {
  const { size, reps, short, program = name } = WORK[name];
  const mode = regime === 'barrier' ? ['barrier'] : [];
  const warmUp = [program, short, THREADS, 1, ...mode];
  const args = options.quick ? warmUp : [program, size, THREADS, reps, ...mode];
  return timePair(project, options, name, main, args, warmUp);
}

function meansOf(rows, regime) {
  const counted = rows.filter(({ name, failed }) => !failed && !EXTRA.includes(name));
  const groups = [counted];
  if (regime === 'barrier') groups.push(counted.filter(({ name }) => PASSES.includes(name)));
  return groups
    .filter((group) => group.length > 0)
    .map((group) => ({
      kernels: group.map(({ name }) => name),
      slowdown: geometricMean(group.map(({ slowdown }) => slowdown)),
    }));
}

const tables = (result) =>
  Object.entries(result).map(([regime, { rows, means }]) => ({
    ...secondsTable(TITLES[regime], 'kernel', rows),
    notes: means.map(({ kernels, slowdown }) => {
      const which = kernels.length < 12 ? ` (${kernels.join(', ')})` : '';
      return `geometric mean of ${kernels.length}${which}: ${times(slowdown)}`;
    }),
  }));

export const kernels = { measure, tables };
