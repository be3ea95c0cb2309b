/**
 * What of TypeScript Babel does otherwise than tsc, or not at all: legacy decorators (with parameters and
 * metadata), fields that are assigned, namespaces that export variables. Done on the tree as parsed, before the
 * rewrite, so that the rewrite sees the calls and assignments that will run, each at its place in the source.
 */
import type { types as t } from '@babel/core';
import type { Node, Statement } from '../build.ts';
import { Decorators } from './decorators.ts';
import { assignFields } from './fields.ts';
import { lowerNamespaces } from './namespace.ts';

export interface LowerOptions {
  experimentalDecorators?: boolean;
  emitDecoratorMetadata?: boolean;
  useDefineForClassFields?: boolean;
}

type Keys = Record<string, string[]>;

export function lowerTypeScript(file: t.File, code: string, options: LowerOptions, keys: Keys): void {
  const { program } = file;
  if (/\b(namespace|module)\b/.test(code)) lowerNamespaces(program, keys);
  if (!/\bclass\b/.test(code)) return;
  if (options.experimentalDecorators && code.includes('@')) {
    const decorators = new Decorators(program, code, options.emitDecoratorMetadata ?? false);
    eachList(program, keys, (list) => decorators.lower(list));
    decorators.finish();
  }
  if (options.useDefineForClassFields === false) eachClass(program, keys, assignFields);
}

/** Every list of statements, inner ones first. */
function eachList(node: Node, keys: Keys, change: (list: Statement[]) => Statement[]): void {
  forEachChild(node, keys, (child) => eachList(child, keys, change));
  if (node.type === 'SwitchCase') node.consequent = change(node.consequent);
  else if ('body' in node && Array.isArray(node.body) && node.type !== 'ClassBody') {
    node.body = change(node.body as Statement[]);
  }
}

function eachClass(node: Node, keys: Keys, change: (node: t.Class) => void): void {
  forEachChild(node, keys, (child) => eachClass(child, keys, change));
  if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') change(node);
}

function forEachChild(node: Node, keys: Keys, visit: (child: Node) => void): void {
  for (const key of keys[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key];
    for (const item of Array.isArray(child) ? child : [child]) if (item) visit(item as Node);
  }
}
