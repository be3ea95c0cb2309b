/** Makes a failing program small: drops statements and list items, and puts operands in their operation's place. */
import { parseSync, type types as t } from '@babel/core';
import { generate } from '@babel/generator';

type Fields = Record<string, unknown>;
const isNode = (value: unknown): value is t.Node =>
  typeof value === 'object' && value !== null && typeof (value as Fields)['type'] === 'string';

const print = (ast: t.Node): string => generate(ast).code;

/** Every program that is one step smaller. */
function* smaller(source: string): Generator<string> {
  const ast = parseSync(source, {
    configFile: false,
    babelrc: false,
    sourceType: 'script',
    parserOpts: { errorRecovery: true },
  })!;
  const places: [Fields, string][] = [];
  const visit = (node: t.Node): void => {
    for (const [key, value] of Object.entries(node)) {
      if (key === 'loc' || key.endsWith('omments')) continue;
      if (Array.isArray(value)) {
        places.push([node as unknown as Fields, key]);
        value.forEach((item, i) => {
          if (!isNode(item)) return;
          places.push([value as unknown as Fields, String(i)]);
          visit(item);
        });
      } else if (isNode(value)) {
        places.push([node as unknown as Fields, key]);
        visit(value);
      }
    }
  };
  visit(ast.program);
  const attempt = function* (holder: Fields, key: string, value: unknown): Generator<string> {
    const old = holder[key];
    holder[key] = value;
    try {
      yield print(ast);
    } catch {
      // no program
    }
    holder[key] = old;
  };
  for (const [holder, key] of places) {
    const value = holder[key];
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) yield* attempt(holder, key, value.toSpliced(i, 1));
      continue;
    }
    for (const inner of Object.values(value as Fields).flat()) {
      if (!isNode(inner)) continue;
      yield* attempt(holder, key, inner);
      if (inner.type === 'BlockStatement' && Array.isArray(holder)) yield* attempt(holder, key, inner);
    }
  }
}

export async function shrink(source: string, fails: (source: string) => Promise<boolean>): Promise<string> {
  let best = source;
  for (let again = true; again; ) {
    again = false;
    for (const candidate of smaller(best)) {
      if (candidate.length < best.length && (await fails(candidate))) {
        best = candidate;
        again = true;
        break;
      }
    }
  }
  return best;
}
