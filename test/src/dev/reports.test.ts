/** What a development server prints, keeps and serves of what pages send. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handlerOf } from '../../../src/dev/handler.ts';
import { type Answer, DevReports } from '../../../src/dev/reports.ts';
import { parseDocument } from '../../../src/report/document.ts';
import { document, race } from '../documents.ts';
import { DIST, type Outcome, Project } from '../project.ts';

const sent = (page: string, races = [race()]): string =>
  JSON.stringify({ page, document: document(races), counts: races.map(({ id, count }) => [id, count]) });

/** To such a message. */
const answer = (page: string, suppressed: string[] = []): Answer => ({
  page,
  judged: [race().id],
  suppressed,
});

/** A server of `files` that gets these messages; what it answers is on stdout. */
async function told(files: Record<string, string>, messages: unknown[]): Promise<Outcome & { kept: string }> {
  using project = new Project({
    ...files,
    'server.mjs': `
      import { DevReports } from ${JSON.stringify(pathToFileURL(`${DIST}/src/dev/reports.js`).href)};
      const reports = new DevReports({ root: process.cwd(), report: 'races.json' });
      const answers = ${JSON.stringify(messages)}.map((message) => reports.take(message) ?? null);
      reports.close();
      console.log(JSON.stringify(answers));`,
  });
  const outcome = await project.run(process.execPath, ['server.mjs']);
  return { ...outcome, kept: project.has('races.json') ? project.read('races.json') : '' };
}

test('a race is printed once, as a run prints it, and kept', async () => {
  const { stdout, stderr, kept } = await told({}, [sent('a'), sent('b'), sent('a')]);
  expect(JSON.parse(stdout)).toEqual(['a', 'b', 'a'].map((page) => answer(page)));
  expect(stderr).toMatch(
    /^=+\nWARNING: DATA RACE\nWrite of 4 bytes at counter\[0\] by worker 2:\n {2}bump {14}src\/counter\.ts:14:5\n[\s\S]*\nRace 0123456789abcdef\n=+\n$/,
  );
  expect(stderr.match(/WARNING/g)).toHaveLength(1);
  expect(parseDocument(kept, 'races.json').races).toMatchObject([{ id: race().id, count: 2 }]);
});

test('what steers a terminal is spelled out', async () => {
  const hostile = race({ id: '\u001b]0;gone\u0007' });
  hostile.accesses[0].frames[0]!.file = '\u001b[2Jsrc/a.ts';
  const { stderr } = await told({}, [sent('\u001b[2J', [hostile])]);
  expect(stderr).toContain('\\u001b[2Jsrc/a.ts:14:5');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test('known races are answered, and not printed', async () => {
  const files = { 'tsrace.suppressions': 'race:bump reason=the status page\n' };
  const { stdout, stderr, kept } = await told(files, [sent('a')]);
  expect(JSON.parse(stdout)).toEqual([answer('a', [race().id])]);
  expect(stderr).toBe('');
  expect(parseDocument(kept, 'races.json').races[0]!.suppressed?.reason).toBe('the status page');
});

test('suppressions that cannot be read are told once, and silence nothing', async () => {
  const { stderr } = await told({ 'tsrace.suppressions': 'nonsense\n' }, [sent('a'), sent('b')]);
  expect(stderr.match(/^tsrace: tsrace\.suppressions:1: .*is no entry.*$/gm)).toHaveLength(1);
  expect(stderr.match(/WARNING/g)).toHaveLength(1);
});

test('what cannot be read is one line, however often it comes', async () => {
  const { stdout, stderr } = await told({}, ['{"page":1}', '{"page":1}', 7, sent('a')]);
  expect(JSON.parse(stdout)).toEqual([null, null, null, answer('a')]);
  expect(stderr.split('=')[0]).toBe(
    'tsrace: a page sent a report that cannot be read, and is left out: page must be a string\n' +
      'tsrace: a page sent a report that cannot be read, and is left out: is no text\n',
  );
});

test.each([
  ['gone/races.json', /cannot write report gone\/races\.json: there is no folder .*gone$/],
  ['.', /cannot write report \.: it is a folder$/],
])('the report %s is refused before anything is served', (report, message) => {
  using project = new Project();
  expect(() => new DevReports({ root: project.root, report })).toThrow(message);
});

test('a report of an earlier session is gone when a server starts', () => {
  using project = new Project({ 'races.json': JSON.stringify(document()) });
  new DevReports({ root: project.root, report: 'races.json' });
  expect(parseDocument(project.read('races.json'), 'races.json').races).toEqual([]);
});

describe('the server', () => {
  let server: Server;
  let origin: string;
  let project: Project;
  beforeAll(async () => {
    project = new Project({ 'tsrace.suppressions': 'race:0123456789abcdef reason=not on our terminal\n' });
    const handler = handlerOf(new DevReports({ root: project.root, report: undefined }), '/app/');
    server = createServer((request, response) =>
      handler(request, response, () => response.writeHead(299).end('the next')),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    project[Symbol.dispose]();
  });

  const post = (
    headers: Record<string, string>,
    body: string,
    path = '/__tsrace__/races',
  ): Promise<Response> => fetch(origin + path, { method: 'POST', headers, body });
  const JSON_TYPE = { 'content-type': 'application/json' };

  test.each(['/app/__tsrace__/', '/__tsrace__/', '/app/__tsrace__', '/__tsrace__?x'])(
    'has the page at %s',
    async (path) => {
      const response = await fetch(origin + path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; .*frame-ancestors 'none'$/,
      );
      expect(await response.text()).toContain('id="data"');
    },
  );

  test.each(['/', '/app/', '/__tsrace__x', '/app/x/__tsrace__/'])('leaves %s to others', async (path) => {
    expect((await fetch(origin + path)).status).toBe(299);
  });

  test('takes races of its own pages', async () => {
    const response = await post(
      { ...JSON_TYPE, 'sec-fetch-site': 'same-origin' },
      sent('a'),
      '/app/__tsrace__/races',
    );
    expect([response.status, await response.json()]).toEqual([200, answer('a', [race().id])]);
    const kept = await (await fetch(`${origin}/__tsrace__/races.json`)).text();
    expect(parseDocument(kept, 'races.json').races).toHaveLength(1);
  });

  test.each<[string, number, Record<string, string>, string]>([
    ['another site', 403, { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }, '{}'],
    ['another origin', 403, { ...JSON_TYPE, origin: 'http://evil.example' }, '{}'],
    ['a page from a file', 403, { ...JSON_TYPE, origin: 'null' }, '{}'],
    ['a form', 415, { 'content-type': 'text/plain' }, '{}'],
    ['nonsense', 400, JSON_TYPE, '{}'],
    ['too much', 413, JSON_TYPE, ' '.repeat(9 * 1024 * 1024)],
  ])('refuses %s with %i', async (_, status, headers, body) => {
    expect((await post(headers, body)).status).toBe(status);
  });

  test.each([
    ['POST', '/__tsrace__/', 405],
    ['GET', '/__tsrace__/races', 405],
    ['DELETE', '/__tsrace__/races.json', 405],
    ['GET', '/__tsrace__/../../etc/passwd', 299],
    ['GET', '/__tsrace__/else', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    expect((await fetch(origin + path, { method })).status).toBe(status);
  });
});
