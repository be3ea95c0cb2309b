/** What editors and build servers make of a run: the problem matcher on our text, and the JUnit files of the runners. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PLAIN, renderText } from '../../src/report/render/text.ts';
import { access, frame, race, thread } from './documents.ts';
import { CLI, Project, racy } from './project.ts';

interface Pattern {
  regexp: string;
  file?: number;
  line?: number;
  column?: number;
  message?: number;
}

const { problemMatcher } = JSON.parse(readFileSync('docs/problem-matcher.json', 'utf8')) as {
  problemMatcher: { pattern: Pattern[] }[];
};

/** As editors and GitHub do: the patterns match lines that follow each other. */
function problemsIn(text: string): object[] {
  const lines = text.split('\n');
  const [{ pattern: patterns }] = problemMatcher as [{ pattern: Pattern[] }];
  return lines.flatMap((_, at) => {
    const found: Record<string, string | undefined> = {};
    for (const [i, { regexp, ...groups }] of patterns.entries()) {
      const match = new RegExp(regexp).exec(lines[at + i] ?? '');
      if (match === null) return [];
      for (const [name, group] of Object.entries(groups)) found[name] = match[group];
    }
    return [found];
  });
}

describe('the problem matcher', () => {
  test('finds the current access of each report of a run', async () => {
    using project = new Project({ 'racy.cjs': racy() });
    const { stderr } = await project.tsrace(['racy.cjs']);
    expect(problemsIn(`${stderr}${stderr}`)).toEqual(
      Array(2).fill({
        file: 'racy.cjs',
        line: expect.stringMatching(/^[57]$/),
        column: expect.stringMatching(/^\d+$/),
        message: expect.stringMatching(/^Update of 4 bytes at \w+\[0\] by (?:main|worker 1)$/),
      }),
    );
  });

  test.for([
    ['f', 'src/a.ts'],
    ['new Ring', '/abs/a b/c.ts'],
    ['a function with a long name, longer than its column', 'C:\\x\\y.ts'],
  ])('%s in %s', ([name, file]) => {
    const one = race({
      accesses: [
        access('current', { atomic: true, frames: [frame(name!, file!, 3, 9), frame('main', 'b.ts', 1)] }),
        access('previous'),
      ],
    });
    const threads = [thread('7:0'), thread('7:1'), thread('7:2')];
    expect(problemsIn(renderText({ race: one, threads, excerpts: [] }, { paint: PLAIN }))).toEqual([
      { file, line: '3', column: '9', message: 'Atomic write of 4 bytes at counter[0] by worker 2' },
    ]);
  });
});

/** name → the text of its failure, or '' */
function casesOf(xml: string): Map<string, string> {
  const cases = xml.matchAll(/<testcase\b[^>]*?\bname="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g);
  return new Map([...cases].map(([, name, body = '']) => [name!, /<failure\b[\s\S]*/.exec(body)?.[0] ?? '']));
}

describe('JUnit', () => {
  test('vitest: the test that raced has a failure, the others have none', async () => {
    using project = new Project();
    const xml = join(project.root, 'junit.xml');
    const vitest = resolve('node_modules/vitest/vitest.mjs');
    const words = ['run', 'test/counter.test.ts', '--reporter=junit', `--outputFile=${xml}`];
    const cwd = resolve('fixtures/projects/counter');
    const { code, stderr } = await project.run(process.execPath, [CLI, process.execPath, vitest, ...words], {
      cwd,
      env: { NO_COLOR: '1' },
    });
    expect(code, stderr).toBe(1);
    const cases = casesOf(project.read('junit.xml'));
    expect(cases.size).toBe(3);
    for (const [name, failure] of cases) {
      if (/(?:&gt; )?race:/.test(name))
        expect(failure).toMatch(/type="DataRaceError"[\s\S]*(?:racy|fixed)\.worker\.ts:5:3/);
      else expect(failure, name).toBe('');
    }
    expect([...cases.values()].filter(Boolean)).toHaveLength(2);
  });
});
