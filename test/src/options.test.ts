import { describe, expect, test } from 'vitest';
import { defaults, flagOf, fromEnvironment, OPTIONS, parsePairs, toEnvironment } from '../../src/options.ts';

const read = (text: string) => {
  const options = defaults();
  parsePairs(text, options);
  return options;
};

describe('the table', () => {
  test('gives every option a default, a value and a description', () => {
    expect(OPTIONS.map(({ name }) => name).sort()).toEqual(Object.keys(defaults()).sort());
    for (const { description, value } of OPTIONS) expect(description && value).toBeTruthy();
  });

  test('spells flags with dashes', () => {
    expect(flagOf('halt_on_error')).toBe('--halt-on-error');
  });

  test('makes new lists each time', () => {
    defaults().include.push('x');
    expect(defaults().include).toEqual([]);
  });
});

describe('TSRACE', () => {
  test.for<[string, object]>([
    ['', {}],
    ['exitcode=3', { exitcode: 3 }],
    ['halt_on_error=1 exitcode=0', { halt_on_error: true, exitcode: 0 }],
    ['halt-on-error=1', { halt_on_error: true }],
    ['  color=never   ', { color: 'never' }],
    ['strip_path_prefix="/a b/"', { strip_path_prefix: '/a b/' }],
    ["strip_path_prefix='/a b/' exitcode=1", { strip_path_prefix: '/a b/', exitcode: 1 }],
    ['strip_path_prefix="/a\\"b/"', { strip_path_prefix: '/a"b/' }],
    ['include=a/** include=b exclude=c', { include: ['a/**', 'b'], exclude: ['c'] }],
    ['log_path=stderr', { log_path: 'stderr' }],
    ['log_path=/tmp/races', { log_path: '/tmp/races' }],
  ])('%s', ([text, expected]) => {
    expect(read(text)).toEqual({ ...defaults(), ...expected });
  });

  test.for([
    ['colour=auto', 'TSRACE: unknown option colour; known are exitcode, halt_on_error'],
    ['exitcode=many', 'TSRACE: exitcode must be a whole number from 0 to 255, not "many"'],
    ['exitcode=256', 'TSRACE: exitcode must be a whole number from 0 to 255'],
    ['halt_on_error=maybe', 'TSRACE: halt_on_error must be 0 or 1, not "maybe"'],
    ['color=sometimes', 'TSRACE: color must be one of auto, always, never'],
    ['exitcode', 'TSRACE: exitcode needs a value, as in exitcode=N'],
    ['json=', 'TSRACE: json must be a path'],
    ['strip_path_prefix="/a', 'TSRACE: cannot read "strip_path_prefix=\\"/a"'],
  ])('%s is refused', ([text, message]) => {
    expect(() => read(text!)).toThrow(message);
  });

  test('what was decided travels in one variable and is not checked again', () => {
    const options = { ...defaults(), exitcode: 7, exclude: ['x'] };
    const env = { ...toEnvironment(options), TSRACE: 'nonsense' };
    expect(fromEnvironment(env)).toEqual({
      ...options,
      directory: process.cwd(),
      strip_path_prefix: `${process.cwd()}/`,
    });
  });
});
