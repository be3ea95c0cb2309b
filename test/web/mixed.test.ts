/** Where the runtime is not everywhere, or cannot be: the program runs as it is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, pageOf, type Site } from './pages.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

const ECHO = '["cell","port"] ["ping"] ["pong"] ["second"] {"name":"by port"} 7\n';

test('a worker with the runtime, made by a page without it', async () => {
  const outcome = await site.run(pageOf('mixed/echo.ts'), '', 'plain');
  expect(outcome).toEqual({ code: 0, stdout: ECHO, stderr: '', document: undefined });
});

test('a worker without the runtime, made by a page with it: the summary names it', async () => {
  const { document, ...outcome } = await site.run(pageOf('mixed/echo.ts'), '', 'checked');
  expect(outcome).toEqual({ code: 0, stdout: ECHO, stderr: '' });
  expect(document!.races).toEqual([]);
  expect(document!.summary.uninstrumented).toEqual([
    {
      what: expect.stringMatching(/other-echo\.js$/),
      why: 'this worker runs unchecked: it does not begin with tsrace/web',
    },
  ]);
});

test('a page that is not isolated: one line', async () => {
  const page = pageOf('mixed/not-isolated.ts');
  const plain = await site.run(page, '', 'plain', false);
  expect(plain).toEqual({ code: 0, stdout: 'undefined doubler 2 14 6\n', stderr: '', document: undefined });
  const { stderr, ...checked } = await site.run(page, '', 'checked', false);
  expect({ ...checked, stderr: '' }).toEqual(plain);
  expect(stderr).toMatch(/^tsrace: nothing is checked: this page is not cross-origin isolated[^\n]*\n$/);
});

test('frames without the runtime in a page with it, the other way round, and of another origin', async () => {
  const page = pageOf('mixed/frames.ts');
  const plain = await site.run(page, '', 'plain');
  expect(plain.stderr).toBe('');
  expect(plain.stdout).toMatch(/"far",\["echo",true,/);
  expect(plain.stdout).toMatch(/"near",\["echo",true,/);
  const { document, ...checked } = await site.run(page, '', 'checked');
  expect({ ...checked, document: undefined }).toEqual(plain);
  expect(document!.races).toEqual([]);
});

test('a page and its frame are one thread', async () => {
  const { document } = await site.run(pageOf('frames/norace-frame.ts'), '', 'checked');
  expect(document!.threads.map(({ id }) => id)).toEqual(['1:0', '1:1']);
});
