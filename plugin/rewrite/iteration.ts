/**
 * `for…of`, spread and array patterns read through `next`, which the runtime watches on iterators of shared
 * views. It takes the site of the call in progress, so these constructs are calls: the site is stored right
 * before the iteration starts, and by loops again before each further step (loop.ts). Where a call stands in
 * the iterated expression, its own site is there already.
 */
import type { types as t } from '@babel/core';
import { SUSPENDS } from '../analysis.ts';
import type { Expression, Node } from '../build.ts';
import { assign, id, sequence } from '../build.ts';
import { isNoView } from '../facts.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';

export function hasArrayPattern(node: Node): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'ArrayPattern':
      return true;
    case 'VariableDeclaration':
      return hasArrayPattern(inner.declarations[0]!.id);
    case 'AssignmentPattern':
      return hasArrayPattern(inner.left);
    case 'RestElement':
      return hasArrayPattern(inner.argument);
    case 'ObjectPattern':
      return inner.properties.some((item) =>
        hasArrayPattern(item.type === 'RestElement' ? item : item.value),
      );
    default:
      return false;
  }
}

/** The store for a construct that iterates `source` in expression position; null where none is needed. */
function storeFor(source: Expression, r: Rewriter): (() => Expression) | null {
  if (r.frame.silent || !r.frame.pushed || isNoView(source, r.scope)) return null;
  return r.iteration(source);
}

/** After `await` the activation's depth is another: what was stored before is gone. */
const isSuspended = (source: Node, r: Rewriter): boolean =>
  r.frame.suspends && (r.effects(source) & SUSPENDS) !== 0;

/** `value`, with `store` after it. */
export function storedAfter(value: Expression, store: Expression, r: Rewriter): Expression {
  const parts = value.type === 'SequenceExpression' ? value.expressions : [value];
  const last = parts.at(-1)!;
  if (last.type === 'Identifier') return sequence([...parts.slice(0, -1), store, last]);
  const name = r.temp('t');
  return sequence([...parts.slice(0, -1), assign(id(name), last), store, id(name)]);
}

/** The source of an array pattern: what must go before the statement or expression, and the source itself. */
export function patternSource(
  left: Node,
  original: Expression,
  visited: Expression,
  r: Rewriter,
): { init: Expression; store: Expression | null } {
  const source = unwrap(original) as Expression;
  if (!hasArrayPattern(left)) return { init: visited, store: null };
  // What is surely no view may hold one.
  const flat = unwrap(left).type === 'ArrayPattern' && !(left as t.ArrayPattern).elements.some(isNested);
  const store = flat ? storeFor(source, r) : r.frame.pushed && !r.frame.silent && r.iteration(source);
  if (!store) return { init: visited, store: null };
  if (isSuspended(source, r)) return { init: storedAfter(visited, store(), r), store: null };
  return { init: visited, store: r.effects(source) === 0 ? store() : null };
}

const isNested = (item: Node | null): boolean => item !== null && hasArrayPattern(item);

/** `[...view]` */
export function arrayExpression(node: t.ArrayExpression, r: Rewriter): Expression {
  const prefix: Expression[] = [];
  let dirty = false;
  let noted = false;
  node.elements = node.elements.map((item) => {
    if (item?.type !== 'SpreadElement') {
      if (r.effects(item) !== 0) dirty = true;
      return item && r.visit(item);
    }
    const source = unwrap(item.argument) as Expression;
    const effects = r.effects(source);
    item.argument = r.visit(item.argument);
    const store = storeFor(source, r);
    if (effects !== 0) {
      dirty = true;
      if (store && isSuspended(source, r)) item.argument = storedAfter(item.argument, store(), r);
    } else if (store && dirty) item.argument = sequence([store(), item.argument]);
    else if (store && !noted) {
      noted = true;
      const first = store();
      if (!r.hoist(first)) prefix.push(first);
    }
    return item;
  });
  return sequence([...prefix, node]);
}

/**
 * The arguments of a call, visited. Its site goes before them all, or into the last one if a call is among
 * them (`dirty`); a spread before the last then needs a site of its own.
 */
export function visitArguments<T extends t.CallExpression['arguments']>(
  args: T,
  dirty: boolean,
  r: Rewriter,
): T {
  return args.map((item, i) => {
    const visited = r.visit(item);
    if (!dirty || visited.type !== 'SpreadElement' || i === args.length - 1) return visited;
    if (r.effects(item) !== 0) return visited;
    const store = storeFor(unwrap(visited.argument) as Expression, r);
    if (store) visited.argument = sequence([store(), visited.argument]);
    return visited;
  }) as T;
}
