/** Heads of loops. What a head writes or reads of a view is moved to the start of the body, in a block of its own. */
import type { types as t } from '@babel/core';
import { SUSPENDS } from '../analysis.ts';
import type { Expression, Statement } from '../build.ts';
import { assign, block, declare, id, sequence, statement } from '../build.ts';
import { isNoView } from '../facts.ts';
import type { Loop, Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { reference } from './chain.ts';
import { declaration } from './destructuring.ts';
import { isCandidate } from './element.ts';
import { hasArrayPattern, storedAfter } from './iteration.ts';
import { assigning, declaring, hasElementTarget, pattern } from './pattern.ts';
import { quietLoop } from './quiet-loop.ts';
import { awaitedBody, forAwait } from './suspend.ts';

export const forStatement = (node: t.ForStatement, r: Rewriter): Statement | undefined =>
  quietLoop(node, r, (loop) => plainFor(loop, r)) ?? plainFor(node, r);

function plainFor(node: t.ForStatement, r: Rewriter): undefined {
  if (node.init?.type === 'VariableDeclaration') declaration(node.init, r, false);
  else if (node.init) node.init = r.visit(node.init);
  r.head = false;
  inLoop(r, null, () => {
    if (node.test) node.test = r.visit(node.test);
    if (node.update) node.update = r.visit(node.update);
    node.body = r.single(node.body);
  });
}

export const whileStatement = (node: t.WhileStatement, r: Rewriter): Statement | undefined =>
  quietLoop(node, r, (loop) => plainWhile(loop, r)) ?? plainWhile(node, r);

function plainWhile(node: t.WhileStatement, r: Rewriter): undefined {
  r.head = false;
  inLoop(r, null, () => {
    node.test = r.visit(node.test);
    node.body = r.single(node.body);
  });
}

export function doWhileStatement(node: t.DoWhileStatement, r: Rewriter): void {
  inLoop(r, null, () => {
    node.body = r.single(node.body);
    r.head = false;
    node.test = r.visit(node.test);
  });
}

function inLoop(r: Rewriter, again: Loop['again'], work: () => void): void {
  const { labels } = r;
  r.labels = [];
  r.loops.push({ labels, again });
  work();
  r.loops.pop();
}

/** `continue` goes to the loop's next step, whose site is stored here. */
export function continueStatement(node: t.ContinueStatement, r: Rewriter): void {
  const name = node.label?.name;
  const loop = r.loops.findLast(({ labels }) => name === undefined || labels.includes(name));
  if (loop?.again && r.frame.statements) r.before.push(statement(loop.again()));
}

export function forInOf(node: t.ForInStatement | t.ForOfStatement, r: Rewriter): void {
  const isAwait = node.type === 'ForOfStatement' && node.await;
  const again = node.type === 'ForOfStatement' && !isAwait ? stepSite(node, r) : null;
  const effects = r.effects(node.body, node.left);
  if (isAwait) forAwait(node, r);
  else node.right = sourceOf(node, r, again);
  r.head = false;
  inLoop(r, effects === 0 ? null : again, () => {
    const list = loopBody(node, r);
    if (again && effects !== 0 && r.frame.statements) list.push(statement(again()));
    if (isAwait) node.body = awaitedBody(list, r);
    else node.body = list.length === 1 ? list[0]! : block(list);
  });
}

/** The site of each step; null where nothing of a view can be read. */
function stepSite(node: t.ForOfStatement, r: Rewriter): Loop['again'] {
  const right = unwrap(node.right) as Expression;
  if (r.frame.silent || !r.frame.pushed) return null;
  if (isNoView(right, r.scope) && !hasArrayPattern(node.left)) return null;
  return r.iteration(right);
}

function sourceOf(node: t.ForInStatement | t.ForOfStatement, r: Rewriter, again: Loop['again']): Expression {
  const { right } = node;
  const effects = r.effects(right);
  if (again && effects === 0 && r.frame.statements) r.before.push(statement(again()));
  const visited = r.visit(right);
  if (!again) return visited;
  if (effects & SUSPENDS) return storedAfter(visited, again(), r);
  return effects === 0 && !r.frame.statements ? sequence([again(), visited]) : visited;
}

function loopBody(node: t.ForInStatement | t.ForOfStatement, r: Rewriter): Statement[] {
  const first = headStatement(node, r);
  if (first) {
    node.left = declare('const', [[id(first.name), null]]);
    const moved = r.list([first.statement]);
    return [...moved, r.single(node.body)];
  }
  visitHead(node, r);
  return [r.single(node.body)];
}

/** An element of a view as a target: the assignment is made in the body, from a variable called `name`. */
function headStatement(
  node: t.ForInStatement | t.ForOfStatement,
  r: Rewriter,
): { name: string; statement: Statement } | null {
  const target = unwrap(node.left);
  if (target.type === 'VariableDeclaration' || !hasElementTarget(target, r)) return null;
  const name = r.local('v');
  const value = { ...id(name), loc: target.loc, start: target.start, end: target.end } as Expression;
  // The new name is known to be plain: it is bound here and never assigned.
  r.scope.bindings.set(name, { kind: 'param', start: 0, owner: r.scope.owner, values: [], written: false });
  return { name, statement: statement(assign(target, value)) };
}

function visitHead(node: t.ForInStatement | t.ForOfStatement, r: Rewriter): void {
  const left = unwrap(node.left);
  const text = r.sites.text(node.right);
  if (left.type === 'VariableDeclaration') {
    const place =
      r.frame.depth === null && left.kind === 'var' ? { ...declaring(r), bind: null } : declaring(r);
    for (const item of left.declarations) {
      item.id = pattern(item.id, r, place, text) as typeof item.id;
      if (item.init) item.init = r.visit(item.init);
    }
  } else if (left.type === 'MemberExpression') {
    if (!isCandidate(left, r)) reference(left, r);
  } else node.left = pattern(left, r, assigning(r), text) as typeof node.left;
}
