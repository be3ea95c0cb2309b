import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './harness.ts';

const programs = fileURLToPath(new URL('programs/', import.meta.url));

test.each([[[]], [['execArgv']]])('messages of every style arrive as without us %j', async (args) => {
  const file = `${programs}message-styles.mjs`;
  const [plain, preloaded] = await Promise.all([run(file, false, args), run(file, true, args)]);
  expect(plain.stderr).toBe('');
  expect(plain.stdout).toContain('exit 3');
  expect(preloaded).toEqual(plain);
});
