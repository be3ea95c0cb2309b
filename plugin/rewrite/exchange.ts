/**
 * `[a[i], a[j]] = [a[j], a[i]]` as a statement: the usual way to swap. Values first, then the writes, each in
 * its order, as the pattern would, without the array, its iterator, or a setter for each target.
 */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import { assign, id, sequence } from '../build.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { isCandidate } from './element.ts';

export function exchange(node: t.AssignmentExpression, r: Rewriter): Expression | null {
  const { left, right } = node;
  if (node.operator !== '=' || left.type !== 'ArrayPattern' || right.type !== 'ArrayExpression') return null;
  if (left.elements.length !== right.elements.length || !r.frame.statements) return null;
  const targets = left.elements.map((item) => (item ? unwrap(item) : null));
  if (!targets.every(isSimple) || !right.elements.every((item) => item && item.type !== 'SpreadElement'))
    return null;
  if (!targets.some((item) => item?.type === 'MemberExpression' && isCandidate(item, r))) return null;
  const names = right.elements.map(() => r.temp('v'));
  const values = right.elements.map((item, i) => assign(id(names[i]!), r.visit(item as Expression)));
  const writes = targets.map((target, i) => {
    const name = names[i]!;
    // Known to be plain: nobody but this statement assigns it.
    r.scope.bindings.set(name, { kind: 'param', start: 0, owner: r.scope.owner, values: [], written: false });
    return r.visit<Expression>(assign(target as Node, id(name)));
  });
  return sequence([...values, ...writes]);
}

const isSimple = (node: Node | null): boolean =>
  node?.type === 'Identifier' || node?.type === 'MemberExpression';
