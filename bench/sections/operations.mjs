// What single operations cost, plain and under tsrace: who knows what a program does finds its cost here.
import { cellsOf, ns, plusNs, repeats } from '../cells.mjs';
import { launchForJson } from '../launch.mjs';
import { median } from '../numbers.mjs';
import { interleaved } from '../rounds.mjs';
import { measureRows } from '../rows.mjs';

const NAMES = {
  'first-read': 'read, first of its epoch',
  'first-write': 'write, first of its epoch',
  'further-read': 'read, again in the epoch',
  'further-write': 'write, again in the epoch',
  load: '`Atomics.load`, uncontended',
  store: '`Atomics.store`, uncontended',
  add: '`Atomics.add`, uncontended',
  compareExchange: '`Atomics.compareExchange`, uncontended',
  call: 'function call',
  message: '`postMessage` to a worker and back',
};

const ENOUGH_MS = 300;
const QUICK_MS = 5;

async function measure(project, options) {
  const program = project.program('operations.mjs');
  const enough = options.quick ? QUICK_MS : ENOUGH_MS;
  const items = Object.entries(NAMES).map(([operation, name]) => [
    operation,
    async () => {
      const run = async (traced) =>
        (await launchForJson(project, traced, program, [operation, enough])).nanoseconds;
      const measured = await interleaved(options, { plain: () => run(false), tsrace: () => run(true) });
      const { plain, tsrace } = measured.samples;
      return { name, operation, plain: median(plain), tsrace: median(tsrace), ...measured };
    },
  ]);
  const rows = await measureRows('operations', items, ({ plain, tsrace }) => `${ns(plain)} → ${ns(tsrace)}`);
  return { rows };
}

function tables({ rows }) {
  const head = ['operation', 'plain', 'tsrace', 'added', 'rounds repeated'];
  const cells = (row) => [ns(row.plain), ns(row.tsrace), plusNs(row.tsrace - row.plain), repeats(row)];
  return [{ title: 'Single operations', head, rows: rows.map((row) => cellsOf(row, head.length, cells)) }];
}

export const operations = { measure, tables };
