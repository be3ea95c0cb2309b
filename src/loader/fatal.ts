/**
 * An uncaught error as Node prints it: place, source line, caret, stack. Node takes the line from the code that
 * ran, which is ours; so where the error comes from an instrumented module, this prints the same text with the
 * user's line, and ends the process as Node would right after. All other errors are left to Node.
 * https://github.com/nodejs/node/blob/main/src/node_errors.cc (ReportFatalException)
 *
 * Not exact: a value that was thrown again elsewhere shows where the error was made.
 */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { tellsItsPlace } from './syntax-error.ts';
import { textOf } from './texts.ts';

type Emit = (this: unknown, ...args: unknown[]) => boolean;

/** Installed on the main thread after whatever else waits for the end. */
export function installFatal(
  isInstrumented: (script: string) => boolean,
  write: (text: string) => void,
  /** is shown the error before anybody else */
  decorate: (error: unknown) => void,
): void {
  const owner = Object.getPrototypeOf(process) as { emit: Emit };
  const { emit } = owner;
  let uncaught: { error: unknown; origin: unknown } | undefined;
  const watching = new Proxy(emit, {
    apply(target, self, args) {
      if (self === process && args[0] === 'uncaughtExceptionMonitor') decorate(args[1]);
      const result = Reflect.apply(target, self, args);
      if (self !== process) return result;
      // false: nobody listens, so the error ends the process, and `exit` comes next
      if (args[0] === 'uncaughtException')
        uncaught = result ? undefined : { error: args[1], origin: args[2] };
      else if (args[0] === 'exit' && uncaught !== undefined) finish(uncaught.error, uncaught.origin);
      return result;
    },
  });
  Object.defineProperty(owner, 'emit', {
    value: watching,
    configurable: true,
    writable: true,
    enumerable: false,
  });

  function finish(error: unknown, origin: unknown): void {
    uncaught = undefined;
    const text = describe(error, origin, isInstrumented);
    if (text === undefined) return;
    write(text);
    (process as unknown as { reallyExit(code: unknown): never }).reallyExit(process.exitCode ?? 1);
  }
}

const OWN_WAY = /^--(trace-uncaught|abort-on-uncaught-exception|enable-source-maps)/;
const FRAME = /^ {4}at (?:.*\()?(\S.*?):(\d+):(\d+)\)?$/m;

function describe(
  error: unknown,
  origin: unknown,
  isInstrumented: (script: string) => boolean,
): string | undefined {
  try {
    if (tellsItsPlace(error)) return `${error.stack}\n\nNode.js ${process.version}\n`;
    if (!(error instanceof Error) || error instanceof SyntaxError || process.sourceMapsEnabled)
      return undefined;
    if (process.execArgv.some((flag) => OWN_WAY.test(flag))) return undefined;
    if (wasThrownByNode(error)) return undefined;
    const place = placeOf(error, isInstrumented, origin === 'unhandledRejection');
    if (place === undefined) return undefined;
    const depth = Math.max(inspect.defaultOptions.depth ?? 2, 5);
    const trace = inspect(error, {
      colors: isatty(2) && !process.env['NO_COLOR'],
      customInspect: false,
      depth,
    });
    const start = trace.startsWith(place) ? '' : `${place}\n`;
    return `${start}${trace}\n\nNode.js ${process.version}\n`;
  } catch {
    return undefined;
  }
}

/**
 * Node shows its own line of these: what `assert` throws, whose frames it leaves out, and an error that came by an
 * `error` event, of a worker say, for which nobody listened.
 */
const wasThrownByNode = (error: Error): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_ASSERTION' ||
  Object.getOwnPropertySymbols(error).some(
    ({ description }) => description === 'kEnhanceStackBeforeInspector',
  );

/** An ES module that cannot be linked: V8 shows the line of the code that it was given. */
export function restoreLine(
  error: unknown,
  original: (script: string, line: number, column: number) => { line: number; column: number } | null,
): void {
  try {
    if (!(error instanceof SyntaxError)) return;
    const [head, script, line, blank, carets] =
      /^(file:.*):(\d+)\n.*\n(\s*)(\^+)\n/.exec(error.stack ?? '') ?? [];
    if (head === undefined) return;
    const place = original(script!, Number(line), blank!.length + 1);
    const text =
      place && readFileSync(fileURLToPath(script!), 'utf8').split(/\r\n|[\n\r\u2028\u2029]/)[place.line - 1];
    if (!text) return;
    const before = text.slice(0, place.column - 1).replace(/[^\t]/g, ' ');
    const stack = `${script}:${place.line}\n${text}\n${before}${carets}\n${error.stack!.slice(head.length)}`;
    Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  } catch {
    // as V8 has it
  }
}

/** Where it was thrown: the place, the line that the user wrote, and a caret. Undefined for code that is not ours. */
export function placeOf(
  error: Error,
  isInstrumented: (script: string) => boolean,
  rejected = false,
): string | undefined {
  const [, script = '', lineText, columnText] = FRAME.exec(error.stack ?? '') ?? [];
  if (script === '' || !isInstrumented(script)) return undefined;
  const path = script.startsWith('file:') ? fileURLToPath(script) : script;
  const text = textOf(script) ?? readFileSync(path, 'utf8');
  const line = text.split(/\r\n|[\n\r\u2028\u2029]/)[Number(lineText) - 1];
  if (line === undefined) return undefined;
  const before = line.slice(0, Number(columnText) - 1);
  // V8 points at the `throw`, at the expression only where a promise was rejected
  const thrown = rejected ? null : /\bthrow\s[^;{}]*$/.exec(before);
  const caret = before.slice(0, thrown?.index).replace(/[^\t]/g, ' ');
  return `${script}:${lineText}\n${line}\n${caret}^\n`;
}
