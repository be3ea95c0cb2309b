/** What vite's development server loads for Node: in plain node with the plugin, and under `tsrace node`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { RaceDocument } from '../../../src/report/report.ts';
import { Project } from '../project.ts';

const FILES = {
  'package.json': '{ "type": "module" }',
  'server.mjs': `import { createServer } from 'vite';
import tsrace from 'tsrace/vite';
const [api, checked] = process.argv.slice(2);
const server = await createServer({
  root: import.meta.dirname,
  configFile: false,
  logLevel: 'warn',
  appType: 'custom',
  server: { middlewareMode: true, ws: false, hmr: false },
  plugins: [tsrace({ enabled: checked === 'checked' })],
});
const { render } =
  api === 'runner'
    ? await server.environments.ssr.runner.import('/src/entry.ts')
    : await server.ssrLoadModule('/src/entry.ts');
console.log(await render());
await server.close();
`,
  'src/entry.ts': `import { Worker } from 'node:worker_threads';
import { type Counter, count } from './count.ts';

export async function render(): Promise<string> {
  const counter: Counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: counter });
  count(counter);
  await new Promise((resolve) => worker.once('exit', resolve));
  return \`<p>\${counter[0]}</p>\`;
}
`,
  'src/count.ts': `export type Counter = Int32Array;
interface Unused {
  padding: string;
}

export function count(counter: Counter): void {
  counter[0]! += 1;
}
`,
  'src/worker.mjs': `import { workerData } from 'node:worker_threads';

workerData[0] += 1;
`,
};

function made(): Project {
  return new Project(FILES).link('vite', 'tsrace');
}

const APIS = ['ssrLoadModule', 'runner'];
vi.setConfig({ testTimeout: 60_000 });

test.for(APIS.flatMap((api) => ['node', 'tsrace'].map((how) => [api, how] as const)))(
  '%s, by %s',
  async ([api, how]) => {
    using project = made();
    const { code, stdout, stderr } =
      how === 'node'
        ? await project.node(['server.mjs', api, 'checked'], { env: { TSRACE: 'json=races.json' } })
        : await project.tsrace(['--json', 'races.json', 'node', 'server.mjs', api, 'checked']);
    expect(stdout, stderr).toBe('<p>2</p>\n');
    expect(code).toBe(66);
    const { races } = JSON.parse(readFileSync(join(project.root, 'races.json'), 'utf8')) as RaceDocument;
    const places = races.map(({ accesses }) =>
      accesses.map(({ frames: [at] }) => `${at?.function} ${at?.file}:${at?.line}:${at?.column}`).sort(),
    );
    expect(places).toEqual([['<module> src/worker.mjs:3:1', 'count src/count.ts:7:3']]);
    expect(stderr).toMatch(/^ {7}7 \| {3}counter\[0\]! \+= 1;$/m);
    expect(stderr).toMatch(/^Found 1 data race \(seen 1 time\)\.$/m);
  },
);

test('with the plugin turned off nothing is checked by plain node', async () => {
  using project = made();
  expect(await project.node(['server.mjs', 'runner', 'off'])).toEqual({
    code: 0,
    signal: null,
    stdout: '<p>2</p>\n',
    stderr: '',
  });
});
