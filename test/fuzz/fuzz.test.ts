/**
 * Random programs do the same plain and instrumented, and the hooks tell the accesses that they make.
 * `npm run fuzz` runs many more; `SEED=n npm run fuzz` begins at another seed, `FUZZ=1 SEED=n` is one program.
 */
import { expect, it } from 'vitest';
import { generate } from './generate.ts';
import { compare } from './run.ts';
import { shrink } from './shrink.ts';

const COUNT = Number(process.env['FUZZ'] ?? 1000);
const FIRST = Number(process.env['SEED'] ?? 1);

it(`programs ${FIRST} to ${FIRST + COUNT - 1} are not changed, and their accesses are told`, {
  timeout: 3_600_000,
}, async () => {
  const kind = (found: string | null): string | undefined => found?.split(':')[0];
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const source = generate(seed);
    const found = await compare(source);
    if (found === null) continue;
    const small = await shrink(source, async (part) => kind(await compare(part)) === kind(found));
    expect.fail(`seed ${seed}: ${await compare(small)}\n${small}`);
  }
});
