/** The hooks that need no detector. */
import { describe, expect, test } from 'vitest';
import { createHooks } from '../../runtime/hooks.ts';
import { LONG_LOOP, SITE_BASE } from '../../runtime/interface.ts';

/** How many empty turns are made before a loop from `from` to `to` runs. */
function turns(from: unknown, to: unknown, hooks = createHooks(), site = SITE_BASE + 1): number {
  let count = 0;
  while (hooks.b(site, from, to)) if (++count > 1e6) throw new Error('without an end');
  return count;
}

describe('empty turns before a loop', () => {
  test('are made once at each place, for loops that are worth it', () => {
    const hooks = createHooks();
    const first = turns(0, LONG_LOOP + 1, hooks);
    expect(first).toBeGreaterThan(1000);
    expect(turns(0, LONG_LOOP + 1, hooks)).toBe(0);
    expect(turns(0, LONG_LOOP + 1, hooks, SITE_BASE + 2)).toBe(first);
    expect(turns(0, LONG_LOOP)).toBe(0);
    expect(turns(5, LONG_LOOP + 5)).toBe(0);
  });

  test('go by the length of an array', () => {
    expect(turns(0, new Array(LONG_LOOP + 1))).toBeGreaterThan(0);
    expect(turns(0, new Float32Array(LONG_LOOP + 1))).toBeGreaterThan(0);
    expect(turns(0, new Float32Array(LONG_LOOP))).toBe(0);
    expect(turns(0, new BigInt64Array(LONG_LOOP + 1))).toBe(0);
  });

  test('are not made where a bound is no number, and no code of the program is asked', () => {
    const touchy = new Proxy(
      {},
      {
        get() {
          throw new Error('touched');
        },
      },
    );
    const converts = {
      valueOf() {
        throw new Error('converted');
      },
    };
    for (const bound of ['99999', 99999n, null, undefined, Number.NaN, touchy, converts, {}]) {
      expect(turns(0, bound)).toBe(0);
      expect(turns(bound, LONG_LOOP * 2)).toBe(0);
    }
  });
});
