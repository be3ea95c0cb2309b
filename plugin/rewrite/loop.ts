/** Heads of loops. What a head writes or reads of a view is moved to the start of the body, in a block of its own. */
import type { types as t } from '@babel/core';
import type { Expression, Node, Statement } from '../build.ts';
import { assign, block, declare, id, statement } from '../build.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { reference } from './chain.ts';
import { declaration, needsOf, pattern } from './destructuring.ts';
import { isCandidate } from './element.ts';
import { awaitedBody, forAwait } from './suspend.ts';

export function forStatement(node: t.ForStatement, r: Rewriter): void {
  if (node.init?.type === 'VariableDeclaration') declaration(node.init, r, false);
  else if (node.init) node.init = r.visit(node.init);
  r.head = false;
  if (node.test) node.test = r.visit(node.test);
  if (node.update) node.update = r.visit(node.update);
  node.body = r.single(node.body);
}

export function forInOf(node: t.ForInStatement | t.ForOfStatement, r: Rewriter): void {
  const isAwait = node.type === 'ForOfStatement' && node.await;
  if (isAwait) forAwait(node, r);
  else node.right = r.visit(node.right);
  r.head = false;
  const first = headStatement(node, r);
  let list: Statement[];
  if (first) {
    node.left = declare('const', [[id(first.name), null]]);
    const moved = r.list([first.statement]);
    list = [...moved, r.single(node.body)];
  } else {
    visitHead(node, r);
    list = [r.single(node.body)];
  }
  if (isAwait) node.body = awaitedBody(list, r);
  else node.body = list.length === 1 ? list[0]! : block(list);
}

/** The assignment or declaration that must be made in the body instead, from a variable called `name`. */
function headStatement(
  node: t.ForInStatement | t.ForOfStatement,
  r: Rewriter,
): { name: string; statement: Statement } | null {
  const left = unwrap(node.left);
  const isDeclaration = left.type === 'VariableDeclaration';
  if (isDeclaration && left.declarations[0]!.id.type === 'Identifier') return null;
  const target: Node = isDeclaration ? left.declarations[0]!.id : left;
  const needs = needsOf(target, r);
  if (!needs.targets && !needs.keys && !needs.nested && !needs.rest) return null;
  if (needs.rest && !needs.targets && !needs.keys && !needs.nested && node.type === 'ForInStatement')
    return null;
  const name = r.local('v');
  const value = { ...id(name), loc: target.loc, start: target.start, end: target.end } as Expression;
  // The new name is known to be plain: it is bound here and never assigned.
  r.scope.bindings.set(name, { kind: 'param', start: 0, owner: r.scope.owner, values: [], written: false });
  if (isDeclaration) {
    left.declarations[0]!.init = value;
    return { name, statement: left };
  }
  return { name, statement: statement(assign(target, value)) };
}

function visitHead(node: t.ForInStatement | t.ForOfStatement, r: Rewriter): void {
  const left = unwrap(node.left);
  if (left.type === 'VariableDeclaration') {
    for (const item of left.declarations) {
      item.id = pattern(item.id, r, null) as typeof item.id;
      if (item.init) item.init = r.visit(item.init);
    }
  } else if (left.type === 'MemberExpression') {
    if (!isCandidate(left, r)) reference(left, r);
  } else node.left = pattern(left, r, null) as typeof node.left;
}
