/**
 * The setup file where vitest has Node itself load everything (`experimental.viteModuleRunner: false`), and no vite is
 * there to make one: the vitest that runs here is the one of the project, not one beside tsrace.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handle } from '../handle.ts';
import { install, type Vitest } from './hooks.ts';

const { __vitest_worker__: worker } = globalThis as { __vitest_worker__?: { config: { root: string } } };
const require = createRequire(join(worker?.config.root ?? process.cwd(), 'package.json'));
const main = join(dirname(require.resolve('vitest/package.json')), 'dist/index.js');

handle()?.hookImports?.();
install((await import(pathToFileURL(main).href)) as Vitest, undefined);
