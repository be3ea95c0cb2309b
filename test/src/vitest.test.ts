/** Projects of fixtures/projects under `tsrace vitest`. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProject, unexpected } from './vitest-run.ts';

describe('the plugin in a config, without the wrapper', () => {
  test.for(['forks', 'threads', 'vmThreads'])('%s', async (pool) => {
    const args = ['--config', 'vitest.plugin.config.ts', '--pool', pool, 'test/counter.test.ts'];
    const { code, output, verdicts } = await runProject('counter', args, false);
    expect(unexpected(verdicts), output).toEqual([]);
    expect(verdicts.length).toBe(3);
    expect(code).toBe(1);
    expect(output).toMatch(/^ {2}1 data race in test "counter > race: two workers"/m);
    expect(output.match(/^Found .*$/gm)).toEqual(['Found 2 data races (seen 2 times).']);
  });
});

describe('tsrace vitest', () => {
  test('the test that races is the test that fails', async () => {
    const { code, output, verdicts } = await runProject('counter');
    expect(unexpected(verdicts), output).toEqual([]);
    expect(verdicts.length).toBe(23);
    expect(code).toBe(1);
    expect(output.match(/^Found .*$/gm)).toEqual([expect.stringMatching(/^Found \d+ data races/)]);
    // both stacks in lines of the source, and the code at the current access
    expect(output).toMatch(/❯ count src\/racy\.worker\.ts:5:3\n[\s\S]*Caused by: Previous access:/);
    expect(output).toContain('❯ <anonymous> test/counter.test.ts:19:5');
  });

  // what lies there was instrumented by another version, with other options, or for no coverage
  test('leaves the cache of modules that vitest keeps on disk alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsrace-vitest-cache-'));
    const modules = (): string[] => readdirSync(folder).filter((name) => name !== '_metadata.json');
    const cached = ['--experimental.fsModuleCache', `--experimental.fsModuleCachePath=${folder}`];
    try {
      const checked = await runProject('covered', cached);
      expect(unexpected(checked.verdicts), checked.output).toEqual([]);
      expect(checked.verdicts).toHaveLength(2);
      expect(modules()).toEqual([]);
      await runProject('covered', cached, false);
      expect(modules(), 'vitest would use it').not.toEqual([]);
      const again = await runProject('covered', cached);
      expect(unexpected(again.verdicts), again.output).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('in every project of a workspace', async () => {
    const { code, output, verdicts } = await runProject('workspace');
    expect(unexpected(verdicts), output).toEqual([]);
    expect(verdicts.map(({ name }) => name).filter((name) => name.startsWith('race'))).toHaveLength(3);
    expect(verdicts.length).toBe(10);
    expect(code).toBe(1);
    expect(output).toContain('❯ pick packages/one/src/lib.ts:5:10');
  });
});
