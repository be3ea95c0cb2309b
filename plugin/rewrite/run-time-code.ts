/**
 * `eval(x)` and `new Function(a, x)`: the code goes through the runtime first, which instruments it where the callee
 * turns out to be the real one. The call itself stays the user's, so that it sees the same scope.
 */
import type { types as t } from '@babel/core';
import type { Expression } from '../build.ts';
import { array, id, spread, str } from '../build.ts';
import { runtime } from '../hooks.ts';
import type { Rewriter } from '../rewriter.ts';
import { find } from '../scope.ts';
import { unwrap } from '../types.ts';

/** Rewrites the arguments of such a call, which have been visited; the callee has not been called yet. */
export function runTimeCode(node: t.CallExpression | t.NewExpression, r: Rewriter): void {
  const name = nameOf(unwrap(node.callee));
  if (name === undefined || find(name, r.scope)) return;
  if (name === 'Function') {
    node.arguments = [spread(runtime('f', id(name), array(node.arguments as Expression[])))];
    return;
  }
  const [code, ...rest] = node.arguments;
  if (node.type !== 'CallExpression' || code === undefined || code.type === 'SpreadElement') return;
  const held = node.callee.type === 'Identifier' && r.frame.held ? [array([...r.frame.held].map(str))] : [];
  node.arguments = [runtime('e', id(name), code as Expression, ...held), ...rest];
}

/** Also of the indirect `(0, eval)(x)`. */
function nameOf(callee: t.Node): 'eval' | 'Function' | undefined {
  const last = callee.type === 'SequenceExpression' ? callee.expressions.at(-1)! : callee;
  if (last.type !== 'Identifier') return undefined;
  return last.name === 'eval' || last.name === 'Function' ? last.name : undefined;
}
