/**
 * What only an ES module may hold, in TypeScript that is written with `import` and becomes CommonJS: a top-level
 * `await`, and `import.meta`. V8 would say so of the JavaScript, in lines that nobody wrote, or take `await (x)` for
 * a call.
 */
import type { types as t } from '@babel/core';

type Keys = Record<string, string[] | undefined>;

/** @throws SyntaxError in V8's words, with the place as the parser gives it */
export function refuseModuleOnly(program: t.Program, code: string, keys: Keys): void {
  if (!/\bawait\b|\bimport\s*\.\s*meta\b/.test(code)) return;
  visit(program, keys, true);
}

function visit(node: t.Node, keys: Keys, atTop: boolean): void {
  const isFunction = /Function|Method$/.test(node.type);
  if (node.type === 'MetaProperty' && node.meta.name === 'import')
    refuse("Cannot use 'import.meta' outside a module", node);
  if (atTop && (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)))
    refuse('await is only valid in async functions and the top level bodies of modules', node);
  for (const key of keys[node.type] ?? []) {
    const value = (node as unknown as Record<string, unknown>)[key];
    // the key of a method is computed outside it
    const top = atTop && !(isFunction && key !== 'key');
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === 'object') visit(child as t.Node, keys, top);
    }
  }
}

function refuse(reason: string, { loc }: t.Node): never {
  throw new SyntaxError(`${reason} (${loc?.start.line}:${loc?.start.column})`);
}
