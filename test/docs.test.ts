/** Each diagnosis has its page, and the programs on it are what they are said to be: one has the race, one has none. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DIAGNOSES } from '../src/report/diagnoses.ts';
import { parseDocument } from '../src/report/document.ts';
import type { Diagnosis, RaceReport } from '../src/report/report.ts';
import { Project } from './src/project.ts';

const PAGES = Object.entries(DIAGNOSES) as [Diagnosis, (typeof DIAGNOSES)[Diagnosis]][];

function programOf(page: string, name: string): string {
  const found = new RegExp(`^\`\`\`ts ${name}\\.ts\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1];
  return found ?? expect.fail(`there is no program ${name}.ts`);
}

test('there is a page for each diagnosis, and no other', () => {
  const pages = readdirSync('docs/races').map((name) => `docs/races/${name}`);
  expect(pages.sort()).toEqual(PAGES.map(([, { page }]) => page).sort());
});

describe.concurrent('the programs of', () => {
  test.for(PAGES)('%s', async ([diagnosis, { title, page }]) => {
    const text = readFileSync(page, 'utf8');
    expect(text).toContain(`\nWhy: ${title}\n`);
    using project = new Project({
      'package.json': '{ "type": "module" }',
      'wrong.ts': programOf(text, 'wrong'),
      'fixed.ts': programOf(text, 'fixed'),
    });
    const run = async (name: string): Promise<{ code: number | null; races: RaceReport[] }> => {
      const { code } = await project.tsrace(['--json', `${name}.json`, `${name}.ts`]);
      return { code, races: parseDocument(project.read(`${name}.json`), name).races };
    };
    const [wrong, fixed] = await Promise.all([run('wrong'), run('fixed')]);
    expect(fixed).toEqual({ code: 0, races: [] });
    expect(wrong.code).toBe(66);
    expect(wrong.races.map(({ why }) => why?.diagnosis)).toContain(diagnosis);
  });
});

test('links between pages lead somewhere', () => {
  for (const [, { page }] of PAGES) {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);
    const broken = links.filter(
      (target) => !/^https:/.test(target) && !readdirSync('docs/races').includes(target),
    );
    expect(broken, page).toEqual([]);
  }
});
