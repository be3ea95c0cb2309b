/**
 * README's report is what the example prints, its tables are those of src/options.ts and bench/results.json, and its
 * links lead somewhere.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const README = readFileSync('README.md', 'utf8');

/** Which worker comes second, and whether the first has ended by then, is up to the schedule. */
const settled = (text: string): string =>
  text.replace(/\((running|finished)\)/g, '(…)').replace(/seen \d+ times?/, 'seen N times');

test('the report is that of the example', () => {
  const shown = /<!-- report[^>]*-->\n```\n\$ npx tsrace (.*)\n([\s\S]*?)```\n<!-- \/report -->/.exec(
    README,
  )!;
  const { NODE_OPTIONS: _, TSRACE: __, FORCE_COLOR: ___, ...env } = process.env;
  const { stderr, status } = spawnSync(process.execPath, ['dist/src/cli/bin.js', ...shown[1]!.split(' ')], {
    encoding: 'utf8',
    env: { ...env, TSRACE_ORDER: 'ab' },
  });
  expect(settled(stderr)).toBe(settled(shown[2]!));
  expect(status).toBe(66);
});

test('the table of options is generated', () => {
  execFileSync(process.execPath, ['scripts/options-table.mjs', '--check']);
  expect(README).toMatch(/<!-- options -->\n\| flag /);
});

test('the tables of figures are those of bench/results.json', () => {
  execFileSync(process.execPath, ['scripts/bench-table.mjs', '--check']);
});

test('all examples are listed, and all links lead somewhere', () => {
  const links = [...README.replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\(([^)#]+)\)/g)].map(
    ([, target]) => target!,
  );
  expect(links.filter((target) => !/^https?:/.test(target) && !existsSync(target))).toEqual([]);
  const examples = readdirSync('fixtures/programs/examples').map(
    (name) => `fixtures/programs/examples/${name}`,
  );
  expect(examples.filter((name) => !links.includes(name))).toEqual([]);
});

test('each dependency is named', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  const section = README.slice(README.indexOf('## Versions and dependencies'));
  const named = (name: string): boolean =>
    section.includes(`\`${name}\``) ||
    section.includes(`\`${name.replace('@babel/plugin-transform', '…')}\``);
  expect(Object.keys(dependencies).filter((name) => !named(name))).toEqual([]);
});
