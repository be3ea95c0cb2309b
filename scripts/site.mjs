// A folder that is served to a browser, with the headers that shared memory needs: what bundlers have built.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, resolve } from 'node:path';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};
const PAGE =
  '<!doctype html><title>running</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';
const SCRIPT_PAGE = PAGE.replace(' type="module"', '');

/**
 * What is in `out`, and `page`, as bundlers make none. `isScript`: its code is no module.
 *
 * @param {string} out
 * @returns {Promise<{ origin: string, close(): Promise<void> }>}
 */
export function serve(out, isScript = false) {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://any');
    const file = resolve(out, `.${decodeURIComponent(pathname)}`);
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const found = file.startsWith(out) && extname(file) !== '' && existsSync(file);
    if (!found && pathname !== '/page') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': found ? (TYPES[extname(file)] ?? 'text/plain') : 'text/html' });
    response.end(found ? readFileSync(file) : isScript ? SCRIPT_PAGE : PAGE);
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () =>
      done({
        origin: `http://127.0.0.1:${server.address().port}/`,
        close() {
          server.closeAllConnections();
          return new Promise((closed) => server.close(closed));
        },
      }),
    );
  });
}
