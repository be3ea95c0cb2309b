/**
 * dist/web.dev.js: what modules of a browser's bundle import instead of dist/web.js, where races are to be shown on
 * the page or to go to a development server. It is a template: the settings are put into it when a bundler takes it in.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundles } from '../../loader/lazy.ts';

export interface DevModule {
  /** shows races on the page */
  overlay: boolean;
  /** where the development server has tsrace's folder, and whether it has vite's socket */
  server?: { path: string; isVite: boolean };
}

export const DEV_MODULE: string = fileURLToPath(new URL('web.dev.js', bundles)).replaceAll('\\', '/');

/** As src/web/dev/develop.ts takes them. */
function settings({ overlay, server }: DevModule): string {
  const path = server && JSON.stringify(server.path);
  const parts = [
    `overlay: ${overlay}`,
    // a page of another server finds vite's where its modules come from
    ...(server ? [`report: [${path}${server.isVite ? ', import.meta.url' : ''}]`] : []),
    ...(server?.isVite ? [`socket: () => import('./web.hot.js')`] : []),
  ];
  return `{ ${parts.join(', ')} }`;
}

export const devModule = (dev: DevModule): string =>
  readFileSync(DEV_MODULE, 'utf8').replace('TSRACE_DEV', () => settings(dev));
