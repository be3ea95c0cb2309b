/** The source lines that a page brings along. */
import { expect, test } from 'vitest';
import type { PageData } from '../../../src/report/page-data.ts';
import { makePage } from '../../../src/view/page.ts';
import { ProjectFiles } from '../../../src/view/project-files.ts';
import { access, document, frame, race } from '../documents.ts';
import { Project } from '../project.ts';

const LINES = 60;

/** Of a file that is shown at these lines: the first and the last one of each excerpt. */
function excerptsOf(...lines: number[]): [number, number][] {
  using project = new Project({
    'a.ts': Array.from({ length: LINES }, (_, at) => `line ${at + 1}`).join('\n'),
  });
  const frames = lines.map((line) => frame('f', 'a.ts', line));
  const one = race({ accesses: [access('current', { frames }), access('previous', { frames })] });
  const { html } = makePage(document([one]), [one], new ProjectFiles(project.root));
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)!;
  const { sources } = JSON.parse(json) as PageData;
  const own = sources.filter(({ file }) => file === 'a.ts');
  for (const { from, lines } of own) expect(lines[0]).toBe(`line ${from}`);
  return own.map(({ from, lines }) => [from, from + lines.length - 1]);
}

test.each<[string, number[], [number, number][]]>([
  ['in the middle', [30], [[23, 37]]],
  ['at the start', [1], [[1, 8]]],
  ['near the start', [7], [[1, 14]]],
  ['at the end', [LINES], [[53, 60]]],
  [
    'far from each other',
    [3, 40],
    [
      [1, 10],
      [33, 47],
    ],
  ],
  ['that touch', [33, 3, 18], [[1, 40]]],
  ['that the file has not', [0, LINES + 1, 99], []],
])('lines %s', (_, lines, excerpts) => {
  expect(excerptsOf(...lines)).toEqual(excerpts);
});
