/** The rows of a lane (runtime/core/shadow/rows.ts) against a model that keeps the latest cell of each element. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLOCK_UNIT } from '../../runtime/core/shadow/cell.ts';
import { KNOWN, NO_ENTRY, ROWS_BYTES, Rows } from '../../runtime/core/shadow/rows.ts';

/** more than loops get to */
const ELEMENTS = 200;

function newRows(): Rows {
  const buffer = new SharedArrayBuffer(ROWS_BYTES);
  return new Rows(new Float64Array(buffer), new Int32Array(buffer));
}

/** Rows of one site in one epoch, from the first one on. */
interface Loop {
  write: boolean;
  mark: number;
  first: number;
  width: number;
  stride: number;
  count: number;
  /** it begins a new epoch */
  next: boolean;
}

const loop: fc.Arbitrary<Loop> = fc.record({
  write: fc.boolean(),
  mark: fc.nat(3),
  first: fc.constantFrom(60, 60, 61, 63, 80, 100),
  width: fc.integer({ min: 1, max: 12 }),
  stride: fc.constantFrom(0, 4, 10, 12, 12, 15, -4, -12, -12),
  count: fc.constantFrom(1, 1, 2, 3, 6),
  next: fc.boolean(),
});

/** Takes the row as the detector does (History.rememberRow). */
function take(rows: Rows, write: boolean, first: number, end: number, cell: number, base: number): number {
  const known = rows.extend(write, first, end, cell);
  if (known !== NO_ENTRY) return known;
  const entry = rows.findRoom(write, base);
  if (entry === 0) return NO_ENTRY;
  rows.make(entry, first, end, cell);
  return entry;
}

const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i);

test('what they have of each element is its latest access', () => {
  const property = fc.property(fc.array(loop, { maxLength: 60 }), (loops) => {
    const rows = newRows();
    const model = { true: new Map<number, number>(), false: new Map<number, number>() };
    let clock = 1;
    for (const { write, mark, first, width, stride, count, next } of loops) {
      if (next) clock++;
      const base = clock * CLOCK_UNIT;
      const cell = base + mark;
      const latest = model[`${write}`];
      for (let row = 0; row < count; row++) {
        const from = first + row * stride;
        const taken = take(rows, write, from, from + width, cell, base);
        const elements = range(from, from + width);
        if (taken === KNOWN) expect(elements.filter((e) => (latest.get(e) ?? 0) < base)).toEqual([]);
        if (taken > KNOWN) for (const e of elements) latest.set(e, Math.max(latest.get(e) ?? 0, cell));
      }
    }
    const wrong: string[] = [];
    for (const write of [true, false]) {
      for (let e = 0; e < ELEMENTS; e++)
        for (const from of [1, Math.max(1, clock - 1), clock].map((c) => c * CLOCK_UNIT)) {
          const latest = model[`${write}`].get(e) ?? 0;
          const found = rows.latestIn(write, e, e + 1, from);
          if (found !== (latest >= from ? latest : 0)) wrong.push(`${write} ${e}: ${found}, not ${latest}`);
          if (latest >= from && !rows.meets(true, e, e + 1, from)) wrong.push(`nothing meets ${e}`);
        }
    }
    expect(wrong).toEqual([]);
  });
  fc.assert(property, { numRuns: 3000 });
});

test('what was not compared yet is given out, whatever was added meanwhile', () => {
  const property = fc.property(fc.array(fc.tuple(loop, fc.boolean()), { maxLength: 20 }), (loops) => {
    const rows = newRows();
    const base = CLOCK_UNIT;
    const due = new Set<string>();
    const given: string[] = [];
    const used = new Set<number>();
    const giveAll = (): void => {
      for (const entry of used)
        for (const set of rows.takeUncompared(entry))
          for (let row = 0; row < set.count; row++) {
            const first = set.first + row * set.stride * (set.count > 1 ? 1 : 0);
            for (const e of range(first, first + set.width)) given.push(`${entry} ${e}`);
          }
    };
    for (const [{ mark, first, width, stride, count }, compared] of loops) {
      for (let row = 0; row < count; row++) {
        const from = first + row * stride;
        const entry = take(rows, true, from, from + width, base + mark, base);
        if (entry > KNOWN) {
          used.add(entry);
          for (const e of range(from, from + width)) due.add(`${entry} ${e}`);
        }
      }
      if (compared) giveAll();
    }
    giveAll();
    expect(new Set(given)).toEqual(due);
  });
  fc.assert(property, { numRuns: 1000 });
});

test('what others may have missed while it was changed is compared again, and no other row', () => {
  const rows = newRows();
  const cell = CLOCK_UNIT;
  const entry = take(rows, true, 100, 110, cell, CLOCK_UNIT);
  const firsts = (): number[] => rows.takeUncompared(entry).map(({ first, count }) => first + count / 100);
  expect(firsts()).toEqual([100.01]);
  // its stride is learned
  take(rows, true, 120, 130, cell, CLOCK_UNIT);
  expect(firsts()).toEqual([100.02]);
  take(rows, true, 140, 150, cell, CLOCK_UNIT);
  expect(firsts()).toEqual([140.01]);
  take(rows, true, 80, 90, cell, CLOCK_UNIT);
  expect(firsts()).toEqual([80.04]);
  expect(firsts()).toEqual([]);
});

test('a row that its thread had not written down when it died is none', () => {
  const rows = newRows();
  const versions = new Int32Array((Reflect.get(rows, 'words') as Float64Array).buffer);
  rows.make(1, 0, 64, CLOCK_UNIT);
  const { cell } = rows.of(1);
  expect(cell).toBe(CLOCK_UNIT);
  const at = versions.indexOf(2);
  versions[at] = 3;
  expect(rows.of(1)).toMatchObject({ count: 0, cell: 0 });
  expect(rows.latestIn(true, 0, 64, 1)).toBe(0);
  rows.make(1, 8, 16, CLOCK_UNIT * 2);
  expect(rows.of(1)).toMatchObject({ first: 8, count: 1, cell: CLOCK_UNIT * 2 });
});
