/**
 * For code whose coverage is measured: V8 counts what comes after an optional link by itself, and where code that never
 * ran holds one it takes what follows for run. So the hooks of accesses are spelled without:
 *
 *     view?.[S]?.r(key, SITE)   →   __tsrace.h(__tsrace.o(view)).r(key, SITE)
 */
import type { types as t } from '@babel/core';
import { call, type Expression, member, type Node } from './build.ts';
import { isOurs, tsrace } from './hooks.ts';

/** Rewrites the hooks in `node`, in place. `keys` are Babel's `VISITOR_KEYS`. */
export function withoutLinks(node: Node, keys: Record<string, string[]>): void {
  if (isOurs(node)) become(node, spelled(node as Ours));
  for (const key of keys[node.type] ?? []) {
    for (const child of [(node as unknown as Record<string, Node | Node[] | null>)[key]].flat())
      if (child) withoutLinks(child, keys);
  }
}

type Ours = t.OptionalMemberExpression | t.OptionalCallExpression;

function spelled(node: Ours): t.CallExpression {
  if (node.type === 'OptionalMemberExpression') return call(tsrace('o'), [node.object]);
  const { object, property } = node.callee as t.OptionalMemberExpression;
  const { name } = property as t.Identifier;
  return call(member(call(tsrace('h'), [object]), name), node.arguments as Expression[]);
}

function become(node: Node, other: Node): void {
  for (const key of Object.keys(node)) delete (node as unknown as Record<string, unknown>)[key];
  Object.assign(node, other);
}
