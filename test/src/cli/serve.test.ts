/** The page as it is served: to this machine, under its own name, and nothing else. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serve } from '../../../src/cli/view/serve.ts';
import { document } from '../documents.ts';
import { CLI, Project } from '../project.ts';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    // as it stands: a URL would take `..` out
    const asked = request({ hostname, port, path, headers, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

describe('the server', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve({ html: '<!doctype html>the page', policy: "default-src 'none'" });
  });
  afterAll(() => served.close());
  const own = (): string => new URL(served.url).host;

  test('has the page, with its policy', async () => {
    const { status, headers, body } = await ask(served.url, '/');
    expect([status, body]).toEqual([200, '<!doctype html>the page']);
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask(served.url, '/', {}, 'HEAD')).body).toBe('');
    expect((await ask(served.url, '/', { host: own().replace('127.0.0.1', 'localhost') })).status).toBe(200);
    expect((await ask(served.url, '/', { origin: `http://${own()}` })).status).toBe(200);
  });

  test.for<[string, number, () => [path: string, headers: Record<string, string>, method?: string]]>([
    ['another name', 421, () => ['/', { host: 'evil.example' }]],
    ['another name with the port', 421, () => ['/', { host: `evil.example:${new URL(served.url).port}` }]],
    ['another port', 421, () => ['/', { host: '127.0.0.1:1' }]],
    ['another site', 403, () => ['/', { origin: 'https://evil.example' }]],
    ['a page from a file', 403, () => ['/', { origin: 'null' }]],
    ['a link of another site', 403, () => ['/', { 'sec-fetch-site': 'cross-site' }]],
    ['another path', 404, () => ['/favicon.ico', {}]],
    ['a folder above', 404, () => ['/../../../../etc/passwd', {}]],
    ['a folder above, encoded', 404, () => ['/%2e%2e/%2e%2e/etc/passwd', {}]],
    ['a file of the project', 404, () => ['/package.json', {}]],
    ['a query', 404, () => ['/?file=/etc/passwd', {}]],
    ['an address for a proxy', 404, () => ['http://evil.example/', {}]],
    ['a post', 405, () => ['/', {}, 'POST']],
    ['options', 405, () => ['/', {}, 'OPTIONS']],
  ])('%s is refused with %i', async ([, status, asked]) => {
    const [path, headers, method] = asked();
    const answer = await ask(served.url, path, headers, method);
    expect([answer.status, answer.body]).toEqual([status, '']);
  });

  test('listens on no other address of this machine', async () => {
    const { hostname, port } = new URL(served.url);
    expect(hostname).toBe('127.0.0.1');
    const others = Object.values(networkInterfaces())
      .flatMap((found) => found ?? [])
      .map(({ address, scopeid }) => (scopeid ? undefined : address))
      .filter((address) => address !== undefined && address !== '127.0.0.1');
    const outcomes = others.map(async (host) => {
      const socket = connect({ host: host!, port: Number(port) });
      return Promise.race([
        once(socket, 'connect').then(() => `${host} is served`),
        once(socket, 'error').then(() => undefined),
      ]).finally(() => socket.destroy());
    });
    const settled = await Promise.allSettled(outcomes);
    expect(settled.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []))).toEqual([]);
  });

  test('is another one each time', async () => {
    const second = await serve({ html: '', policy: '' });
    expect(second.url).not.toBe(served.url);
    await second.close();
    await expect(ask(second.url, '/')).rejects.toThrow();
  });
});

test.skipIf(process.platform !== 'linux')(
  'tsrace view --open says where, opens the browser, and ends with 0',
  async () => {
    using project = new Project({
      'report.json': JSON.stringify(document()),
      'bin/xdg-open': '#!/bin/sh\nprintf %s "$1" > opened.part && mv opened.part opened\n',
    });
    chmodSync(join(project.root, 'bin/xdg-open'), 0o755);
    const child = spawn(process.execPath, [CLI, 'view', 'report.json', '--open'], {
      cwd: project.root,
      env: { ...process.env, PATH: `${join(project.root, 'bin')}:${process.env['PATH']}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const closed = once(child, 'close');
    await expect.poll(() => said, { timeout: 20_000 }).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n.*ctrl-C/);
    const url = said.split('\n')[0]!;
    await expect.poll(() => project.has('opened'), { timeout: 20_000 }).toBe(true);
    expect(project.read('opened')).toBe(url);
    expect((await ask(url, '/')).body).toContain('id="data"');
    child.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
    await expect(ask(url, '/')).rejects.toThrow();
  },
);

test('a browser that cannot be opened is no matter', async () => {
  using project = new Project({ 'report.json': JSON.stringify(document()) });
  const { code, stdout, signal } = await project.tsrace(['view', 'report.json', '--open'], {
    env: { PATH: join(project.root, 'nothing') },
    kill: { signal: 'SIGTERM', when: 'ctrl-C' },
  });
  expect([code, signal]).toEqual([0, null]);
  expect(stdout).toMatch(/^http:/);
});

describe('--html', () => {
  test.for<[string[], RegExp]>([
    [['--html', 'gone/x.html'], /^tsrace: cannot write --html gone\/x\.html: there is no folder gone\n$/],
    [['--html', '.'], /^tsrace: cannot write --html \.: it is a folder\n$/],
    [['--html', ''], /^tsrace: --html needs a value.*\n$/],
  ])('%j is refused in one line', async ([args, message]) => {
    using project = new Project({ 'report.json': JSON.stringify(document()) });
    const { code, stderr } = await project.tsrace(['view', 'report.json', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
