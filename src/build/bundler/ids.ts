/** Which of a bundler's modules are the program's code, and in which file it stands. */
import { isAbsolute } from 'node:path';
import { languageOf } from '../../loader/language.ts';

/** What becomes JavaScript by another plugin. */
const COMPONENT = /\.(?:vue|svelte|astro|mdx|marko|riot)$/;
/** `?raw` is text, `?worker` a function that starts one; `?worker_file` is the worker's own code. */
const NO_CODE = /(?:^|&)(?:raw|url|worker|sharedworker|init|type=style)(?:[&=]|$)/;
/** `App.vue?vue&type=script&lang.ts` */
const SCRIPT = /(?:^|&)lang[.=][jt]sx?(?:&|$)/;

/** Undefined for what is made by bundlers and plugins, and for what is no code. */
export function fileOf(id: string): string | undefined {
  if (id.includes('\0') || id.startsWith('virtual:')) return undefined;
  const [path = '', query = ''] = id.split(/\?(.*)/s);
  if (!isAbsolute(path) || NO_CODE.test(query)) return undefined;
  return languageOf(path) !== undefined || COMPONENT.test(path) || SCRIPT.test(query) ? path : undefined;
}
