/** Which pairs of a read and a write are one function's that reads an element and writes it back. */
import { expect, test } from 'vitest';
import type { AccessReport, Frame } from '../../src/report/report.ts';
import { SourceLines } from '../../src/report/source-lines.ts';
import { readThenWrite } from '../../src/report/why/read-then-write.ts';

const SOURCE = `
class Account {
  get balance() { return this.#v[0]; }
  set balance(x) { this.#v[0] = x; }
  get rounds() { return this.#head.getUint32(0, true); }
  bump() { this.#head.setUint32(0, this.rounds + 1, true); }
  follow(other) { this.#head.setUint32(0, other.rounds + 1, true); }
  clear() { this.balance = this.#v[0] & 7; }
}
function pay(account) { account.balance += 5; }
function move(from, to) { to.balance = from.balance; }
function each(accounts, i) { accounts[i].balance = accounts[i].balance * 2; }
function take(account) {
  if (account.balance < 5) {
    account.balance = account.balance - 5;
  }
}
function direct(v, i) { v[i] = v[i] + 1; }
function shift(v, i) { v[i] = v[i + 1]; }
function header(d) { d.setInt16(2, d.getInt16(2) + 1); d.setInt16(4, d.getInt32(2)); }
function below(v) {
  v[0] = 1;
  return v[0];
}
`;
const lines = SOURCE.split('\n');
const source = new SourceLines('', undefined, () => SOURCE);

/** Where the `count`-th `text` stands in the line that `start` is in. */
function at(name: string, start: string, text: string, count = 1): Frame {
  const line = lines.findIndex((text) => text.includes(start));
  let column = -1;
  for (let i = 0; i < count; i++) column = (lines[line] as string).indexOf(text, column + 1);
  expect(column, `${text} in ${start}`).not.toBe(-1);
  return { function: name, file: 'a.ts', line: line + 1, column: column + 1 };
}
const access = (type: 'read' | 'write', ...frames: Frame[]): AccessReport => ({
  role: type === 'read' ? 'current' : 'previous',
  type,
  atomic: false,
  size: 4,
  thread: 't',
  test: null,
  frames,
});
const verdict = (read: Frame[], write: Frame[]): string | null =>
  readThenWrite([access('read', ...read), access('write', ...write)], source);

const gets = at('get balance', 'get balance', 'this.#v');
const sets = at('set balance', 'set balance', 'this.#v');
const rounds = at('get rounds', 'get rounds', 'this.#head');

test('an element by its own hand', () => {
  const read = at('direct', 'function direct', 'v[i]', 2);
  const write = at('direct', 'function direct', 'v[i]');
  expect(verdict([read], [write])).toBe('lost-update');
  expect(verdict([write], [write])).toBeNull();
  expect(verdict([{ ...read, function: '<module>' }], [{ ...write, function: '<module>' }])).toBeNull();
  const [from, to] = [at('shift', 'function shift', 'v[i + 1]'), at('shift', 'function shift', 'v[i]')];
  expect(verdict([from], [to])).toBeNull();
  expect(verdict([at('below', 'return v[0]', 'v[0]')], [at('below', 'v[0] = 1', 'v[0]')])).toBeNull();
});

test('a DataView', () => {
  const [read, write] = ['d.getInt16', 'd.setInt16(2'].map((text) => at('header', 'function header', text));
  expect(verdict([read as Frame], [write as Frame])).toBe('lost-update');
  expect(verdict([read as Frame], [at('header', 'function header', 'd.setInt16(4')])).toBeNull();
  expect(verdict([at('header', 'function header', 'd.getInt32')], [write as Frame])).toBeNull();
});

test('a getter and a setter of one object, in whatever place V8 says', () => {
  const operator = at('pay', 'function pay', '+=');
  expect(verdict([gets, at('pay', 'function pay', 'account.')], [sets, operator])).toBe('lost-update');
  expect(verdict([gets, at('pay', 'function pay', 'balance')], [sets, operator])).toBe('lost-update');
  const [from, to] = [at('each', 'function each', 'balance', 2), at('each', 'function each', 'balance')];
  expect(verdict([gets, from], [sets, to])).toBe('lost-update');
  const check = at('take', 'if (account', 'balance');
  expect(verdict([gets, check], [sets, at('take', 'balance - 5', 'balance')])).toBe('check-then-act');
});

test('not of two objects, of two properties, or in two functions', () => {
  const [from, to] = [at('move', 'function move', 'from.b'), at('move', 'function move', 'balance')];
  expect(verdict([gets, from], [sets, to])).toBeNull();
  expect(
    verdict([rounds, at('pay', 'function pay', 'account.')], [sets, at('pay', 'function pay', '+=')]),
  ).toBeNull();
  expect(
    verdict([gets, at('take', 'if (account', 'balance')], [sets, at('pay', 'function pay', '+=')]),
  ).toBeNull();
  expect(verdict([gets], [sets])).toBeNull();
});

test('one accessor, where the other side is of the same object', () => {
  const write = at('bump', 'bump()', 'this.#head');
  expect(verdict([rounds, at('bump', 'bump()', 'rounds')], [write])).toBe('lost-update');
  const follows = at('follow', 'follow(', 'this.#head');
  expect(verdict([rounds, at('follow', 'follow(', 'rounds')], [follows])).toBeNull();
  const [read, writer] = [at('clear', 'clear()', 'this.#v'), at('clear', 'clear()', 'balance')];
  expect(verdict([read], [sets, writer])).toBe('lost-update');
});
