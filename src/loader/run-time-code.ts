/**
 * Code that the program makes while it runs, for `eval` and `Function`: instrumented code shows it here first
 * (plugin/rewrite/run-time-code.ts). It keeps its lines; its file is where it was made.
 *
 * Babel is loaded only for code that may access an element. What cannot be instrumented runs as it is, and is named
 * once the thread has met shared memory. Not seen: `eval` and `Function` by other names.
 */
import vm from 'node:vm';
import { HELD, type Hooks } from '../../runtime/interface.ts';
import type { Loader } from './loader.ts';

// biome-ignore lint/security/noGlobalEval: only compared with
const realEval = globalThis.eval;
const RealFunction = Function;
const { Script } = vm;

/** Pieces of code that are different from each other, in one thread; their sites are never forgotten. */
const LIMIT = 2000;

const MAY_ACCESS = /\[|\.\.\.|[{,]\s*(?:\d|[a-z])\w*\s*:/i;
const DECLARES = /\b(?:var|function)\b/;
const NAMES = /^[\w$,\s]*$/;

export interface Maker {
  loader: Loader;
  /** the call in progress */
  place: () => { file: string; line: number } | undefined;
  named: (what: string, why: string) => void;
}

export function runTimeCode({ loader, place, named }: Maker): Pick<Hooks, 'e' | 'f'> {
  const known = new Map<string, string>();

  function instrumented(code: string, how: string, take: (made: string) => string | undefined): string {
    let made = known.get(code);
    if (made !== undefined) return made;
    made = code;
    const at = place();
    const name = at === undefined ? `[${how}]` : `${at.file} (${how} at line ${at.line})`;
    const failed = (reason: string): void => {
      if (isValid(code)) named(name, `code made by ${how} was not instrumented: ${reason}`);
    };
    if (known.size >= LIMIT) failed(`there was more than ${LIMIT} times such code`);
    else {
      const result = loader.instrumentText(code, name, failed);
      if (result !== undefined) {
        made = take(result) ?? code;
        if (made === code) failed('its parameters are not plain names');
      }
      known.set(code, made);
    }
    return made;
  }

  return {
    e: (callee, code, held) => {
      if (callee !== realEval || typeof code !== 'string') return code;
      const declares = held !== undefined && DECLARES.test(code) && held.some((name) => code.includes(name));
      if (!declares && !MAY_ACCESS.test(code)) return code;
      const text = declares ? `${code}\n/* ${HELD} ${held.join(' ')} */` : code;
      return instrumented(text, 'eval', (made) => made);
    },
    f: (callee, args) => {
      if (callee !== RealFunction || !args.every((arg) => typeof arg === 'string')) return args;
      const body = args.at(-1) as string;
      if (body === undefined || !MAY_ACCESS.test(args.join())) return args;
      const parameters = args.slice(0, -1);
      const whole = `(function anonymous(${parameters.join()}\n) {\n${body}\n})`;
      const plain = parameters.every((text) => NAMES.test(text as string));
      const made = instrumented(whole, 'Function', (code) => (plain ? code : undefined));
      const inner = made === whole ? undefined : bodyOf(made);
      return inner === undefined ? args : [...parameters, inner];
    },
  };
}

/** Of a function expression, to be put after two line breaks again. */
function bodyOf(code: string): string {
  const start = code.indexOf('{') + 1;
  let missing = 2 - (code.slice(0, start).split('\n').length - 1);
  const body = code.slice(start, code.lastIndexOf('}'));
  return missing <= 0 ? body : body.replace(/\n/g, (line) => (missing-- > 0 ? ' ' : line));
}

/** As far as it can be told without its scope. */
function isValid(code: string): boolean {
  try {
    new Script(code);
    return true;
  } catch {
    return false;
  }
}
