import { describe, expect, it } from 'vitest';
import { declaredHooks, declaredStacks, runAll } from './support/exec.ts';

describe.each(runAll())('$name', ({ source, plain, instrumented }) => {
  it('does what the plain program does', () => {
    expect(plain.log.length).toBeGreaterThan(0);
    expect(instrumented.log).toEqual(plain.log);
  });

  it('leaves the stack empty and no names behind', () => {
    expect(instrumented.depth).toBe(0);
    expect(instrumented.leaked).toBe(plain.leaked);
  });

  it('calls the declared hooks', () => {
    // Hooks of one line are in order; the order of lines is the program's own (loops, functions).
    const byLine = (hooks: string[]): string[] =>
      hooks.toSorted((a, b) => Number(a.split('@')[1]) - Number(b.split('@')[1]));
    expect(byLine(instrumented.hooks)).toEqual(declaredHooks(source));
  });

  it('shows the declared stacks', () => {
    expect(instrumented.stacks).toEqual(declaredStacks(source));
  });
});
