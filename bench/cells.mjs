// Figures as they stand in tables, and the table that every comparison by seconds has.

export const times = (x) => `×${x < 9.95 ? x.toFixed(2) : x.toFixed(1)}`;
export const seconds = (x) => `${x.toFixed(3)} s`;
export const ms = (x) => `${x.toFixed(x < 9.95 ? 1 : 0)} ms`;
export const plusMs = (x) => `${x < 0 ? '−' : '+'}${ms(Math.abs(x))}`;
export const ns = (x) => (x < 9950 ? `${x.toFixed(x < 9.95 ? 1 : 0)} ns` : `${(x / 1000).toFixed(1)} µs`);
export const plusNs = (x) => `${x < 0 ? '−' : '+'}${ns(Math.abs(x))}`;
export const plusMiB = (x) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(0)} MiB`;

/** How many rounds were made again, and how many count although they were disturbed. */
export const repeats = ({ repeated, disturbed }) =>
  `${repeated}${disturbed > 0 ? ` (${disturbed} still disturbed)` : ''}`;

/** A row whose program failed has nothing to show but that. */
export const cellsOf = (row, width, cells) =>
  row.failed ? [row.name, 'failed', ...Array(width - 2).fill('')] : [row.name, ...cells(row)];

const HEAD = ['plain', 'tsrace', 'slowdown', 'memory over plain', 'memory', 'rounds repeated'];

export function secondsTable(title, label, rows) {
  const head = [label, ...HEAD];
  const cells = (row) => [
    seconds(row.plain.seconds),
    seconds(row.tsrace.seconds),
    times(row.slowdown),
    plusMiB(row.overMiB),
    times(row.memory),
    repeats(row),
  ];
  return { title, head, rows: rows.map((row) => cellsOf(row, head.length, cells)) };
}
