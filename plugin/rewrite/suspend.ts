/**
 * `await` and `yield`: the frame is taken off before and put back after. After `await` the event loop
 * called, so the stack is this function alone; after `yield`, whoever called `next`.
 *
 * While it is not on the stack the function's `_d` is 0. So a `finally` that is entered straight from an
 * `await` that threw, or from a `yield` that was told to return, knows that there is nothing to take off.
 */
import type { types as t } from '@babel/core';
import { SUSPENDS } from '../analysis.ts';
import type { Expression, Statement } from '../build.ts';
import { assign, block, id, logical, sequence, statement, tryFinally } from '../build.ts';
import { isNoView } from '../facts.ts';
import { recover, resume, runtime, suspend } from '../hooks.ts';
import type { Rewriter } from '../rewriter.ts';
import { anchor, siteLiteral } from '../sites.ts';
import { unwrap } from '../types.ts';
import { keepLine } from './function.ts';

export function suspension(node: t.AwaitExpression | t.YieldExpression, r: Rewriter): Expression | undefined {
  const tail = r.tail === node;
  const after = r.trailing === node;
  const { argument } = node;
  const { suspends, depth } = r.frame;
  const visited = argument ? delegated(node, r.visit(argument), r) : null;
  r.head = false;
  if (!suspends || depth === null) {
    if (visited && argument)
      node.argument =
        node.type === 'YieldExpression' && !node.delegate ? keepLine(node, argument, visited) : visited;
    return undefined;
  }
  const away = r.suspension();
  const back = resume(depth, node.type === 'AwaitExpression' ? 'await' : 'yield');
  if (visited) node.argument = r.around(visited, away);
  const prefix = visited ? [] : away;
  if (tail) return sequence([...prefix, node]);
  if (after) {
    r.after.push(statement(back));
    return sequence([...prefix, node]);
  }
  const y = r.temp('y');
  return sequence([...prefix, assign(id(y), node), back, id(y)]);
}

/** `yield* view` reads while whoever called `next` waits: the generator itself is not on the shadow stack. */
function delegated(
  node: t.AwaitExpression | t.YieldExpression,
  visited: Expression,
  r: Rewriter,
): Expression {
  if (node.type === 'AwaitExpression' || !node.delegate || isNoView(unwrap(node.argument!), r.scope))
    return visited;
  const source = unwrap(node.argument!) as Expression;
  const owner = { name: r.frame.name, pushed: false, implicit: true };
  return runtime('it', visited, siteLiteral(r.sites.add(anchor(source), r.sites.text(source), owner, 0)));
}

/** `for await`: the frame is there in the body only, not while the loop waits for its next value. */
export function forAwait(node: t.ForOfStatement, r: Rewriter): void {
  const { depth, suspends } = r.frame;
  node.right = r.visit(node.right);
  r.head = false;
  if (!suspends || depth === null) return;
  // What is no iterable is named by its own text.
  if (r.frame.statements && /^(Identifier|(Numeric|String)Literal)$/.test(node.right.type))
    r.before.push(...r.suspension().map(statement));
  else node.right = r.around(node.right, r.suspension());
  r.after.push(statement(resume(depth, 'await')));
}

/** The body of a `for await`. */
export function awaitedBody(list: Statement[], r: Rewriter): Statement {
  const { depth, suspends } = r.frame;
  if (!suspends || depth === null) return block(list);
  return block([statement(resume(depth, 'await')), tryFinally(list, [goneAtEnd(depth)])]);
}

/** The frame goes at the end of code that may itself have ended in an `await`, which took it off already. */
const goneAtEnd = (depth: string): Statement => statement(logical('&&', id(depth), sequence(suspend(depth))));

/** `break label` and `continue label` may leave a `for await` past the place where the frame is put back. */
export function labeled(node: t.LabeledStatement, r: Rewriter): void {
  const { depth, suspends, generator } = r.frame;
  const mayLeave = suspends && depth !== null && (r.effects(node.body) & SUSPENDS) !== 0;
  r.labels = [...r.labels, node.label.name];
  node.body = r.visit(node.body);
  r.labels = [];
  if (!mayLeave) return;
  const back = (): Statement => statement(recover(depth, true, generator));
  r.after.push(back());
  if ('body' in node.body && !Array.isArray(node.body.body) && /^(For|While|Do)/.test(node.body.type)) {
    node.body.body = block([back(), node.body.body as Statement]);
  }
}

/**
 * `await using`: the block's end waits for the disposal, so the frame goes before it. What may be hoisted out
 * of the rest of the block keeps it from being wrapped.
 */
export function disposing(original: Statement[], list: Statement[], r: Rewriter): Statement[] {
  const { depth, suspends } = r.frame;
  if (!suspends || depth === null) return list;
  const at = list.findIndex((node) => node.type === 'VariableDeclaration' && node.kind === 'await using');
  if (
    at < 0 ||
    original.some((node) => node.type === 'FunctionDeclaration' || node.type.startsWith('Export'))
  )
    return list;
  r.after.push(statement(resume(depth, 'await')));
  return [...list.slice(0, at + 1), tryFinally(list.slice(at + 1), [goneAtEnd(depth)])];
}

/** A `catch` or `finally` of the user's starts where a call may have been left by an exception. */
export function recovering(node: t.TryStatement, r: Rewriter): void {
  const { pushed, depth, suspends, generator } = r.frame;
  if (!pushed || depth === null) return;
  for (const code of [node.handler?.body, node.finalizer]) {
    code?.body.unshift(statement(recover(depth, suspends, generator)));
  }
}
