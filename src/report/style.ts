/**
 * How reports look where they go: colours by `--color`, and on a terminal what only a terminal can do. What goes to a
 * pipe or a file is always the same text.
 */
import { hostname } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { pathToFileURL } from 'node:url';
import picocolors from 'picocolors';
import type { Options } from '../options.ts';
import { supportsHyperlinks } from './hyperlinks.ts';
import { packageFolder } from './package-folder.ts';
import { PLAIN, type Style, type Terminal } from './render/text.ts';
import type { Frame } from './report.ts';

export interface Target {
  /** what is written to; undefined is a file */
  fd: 1 | 2 | undefined;
  color: Options['color'];
  /** of the terminal, where it is known */
  columns: number | undefined;
  /** what file names begin with that the report leaves out */
  prefix: string;
}

export function styleFor({ fd, color, columns, prefix }: Target, env: NodeJS.ProcessEnv): Style {
  const terminal = fd !== undefined && isatty(fd) && env['TERM'] !== 'dumb';
  const coloured = color === 'always' || (color === 'auto' && terminal && !env['NO_COLOR']);
  const colours = coloured ? picocolors.createColors(true) : undefined;
  return {
    paint: colours
      ? {
          heading: (text) => colours.bold(colours.red(text)),
          caret: (text) => colours.red(text),
          dim: (text) => colours.cyan(text),
        }
      : PLAIN,
    docs: packageFolder(),
    ...(terminal ? { terminal: terminalOf(columns, prefix, env) } : {}),
  };
}

const OSC = '\u001b]8;;';
const END = '\u001b\\';

function terminalOf(columns = 80, prefix: string, env: NodeJS.ProcessEnv): Terminal {
  if (!supportsHyperlinks(env)) return { columns, link: (text) => text };
  return {
    columns,
    link: (text, frame) => {
      // VS Code takes a file of another host for one that it cannot open
      const url = urlOf(frame, prefix, env['TERM_PROGRAM'] === 'vscode' ? '' : hostname());
      return url === undefined ? text : `${OSC}${url}${END}${text}${OSC}${END}`;
    },
  };
}

/** `pathToFileURL` escapes all that could end the sequence. The fragment is how editors take a place in a file. */
function urlOf({ file, line, column }: Frame, prefix: string, host: string): string | undefined {
  if (/^[a-z][a-z\d+.-]+:/i.test(file) || file.startsWith('[') || file === '') return undefined;
  const url = pathToFileURL(isAbsolute(file) ? file : prefix === '' ? resolve(file) : resolve(prefix + file));
  if (process.platform !== 'win32') url.hostname = host;
  return `${url.href}#L${line},${column}`;
}
