/**
 * Evaluate each operand once, in order. A hook and the access that follows it both need the view and the
 * key; an operand that cannot be evaluated twice, or that something evaluated later may change, is kept in
 * a temporary of its own.
 */
import type { Expression, Node } from './build.ts';
import { assign, copy, id } from './build.ts';
import { isInert, isPlainName, isSettled } from './facts.ts';
import type { Rewriter } from './rewriter.ts';
import type { Scope } from './scope.ts';

/** An operand: `first` is evaluated where it stood, `again()` as often as needed after that. */
export interface Operand {
  first: Expression;
  again: () => Expression;
  /** `first` is an assignment to a temporary and must be evaluated before `again` */
  memo: boolean;
}

/** May be evaluated any number of times with one effect. */
function isRepeatable(node: Node, scope: Scope): boolean {
  if (node.type === 'ThisExpression') return true;
  if (node.type === 'NumericLiteral' || node.type === 'StringLiteral' || node.type === 'BigIntLiteral')
    return true;
  if (node.type === 'UnaryExpression' && node.operator === '-')
    return node.argument.type === 'NumericLiteral';
  return node.type === 'Identifier' && isPlainName(node, scope);
}

/**
 * `original` is the operand as the user wrote it, `visited` what became of it, `later` the operands that are
 * evaluated between it and its last use.
 */
export function memoize(
  r: Rewriter,
  original: Node,
  visited: Expression,
  later: Node[],
  letter: string,
): Operand {
  const settled = later.every((node) => isSettled(original, node, r.scope));
  if (isRepeatable(original, r.scope) && settled)
    return { first: visited, again: () => copy(visited), memo: false };
  const name = r.temp(letter);
  return { first: assign(id(name), visited), again: () => id(name), memo: true };
}

/** A value that needs no temporary: evaluating it where a hook was put before it changes nothing. */
export const isQuietValue = (node: Node, r: Rewriter): boolean =>
  isInert(node, r.scope) &&
  node.type !== 'BinaryExpression' &&
  node.type !== 'TemplateLiteral' &&
  node.type !== 'ConditionalExpression';
