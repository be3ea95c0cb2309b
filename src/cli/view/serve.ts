/**
 * The page, served to the browser of this machine. It holds source code, so it is kept from everybody else: the server
 * listens on 127.0.0.1 alone, knows one path, and answers only to its own name, so that a site whose name was
 * pointed at 127.0.0.1 (DNS rebinding) cannot read it. Other sites' requests are refused by their Origin.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '../../view/page.ts';
import { respondWith, restrict } from '../../view/respond.ts';

const HOST = '127.0.0.1';

export interface Served {
  url: string;
  close(): Promise<void>;
}

export async function serve(page: Page): Promise<Served> {
  let names: ReadonlySet<string> = new Set();
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 }, (request, response) => {
    const status = statusOf(request, names);
    answer(request, response, status, page);
  });
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  names = new Set([`${HOST}:${port}`, `localhost:${port}`]);
  return {
    url: `http://${HOST}:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function statusOf({ method, url, headers }: IncomingMessage, names: ReadonlySet<string>): number {
  const { host, origin } = headers;
  if (host === undefined || !names.has(host)) return 421;
  if (origin !== undefined && origin !== `http://${host}`) return 403;
  if (headers['sec-fetch-site'] !== undefined && !OWN.has(`${headers['sec-fetch-site']}`)) return 403;
  if (url !== '/') return 404;
  return method === 'GET' || method === 'HEAD' ? 200 : 405;
}

/** typed by the user, a bookmark, another program; or from the page itself */
const OWN: ReadonlySet<string> = new Set(['none', 'same-origin']);

function answer({ method }: IncomingMessage, response: ServerResponse, status: number, page: Page): void {
  restrict(response);
  if (status === 405) response.setHeader('Allow', 'GET, HEAD');
  if (status === 200) respondWith(page, response, method === 'HEAD');
  else response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end();
}
