/** How a counted loop goes, `for (…; i < bound; i += step)`, and whether its turns are known before the first. */
import type { types as t } from '@babel/core';
import { LONG_LOOP } from '../../runtime/interface.ts';
import type { Expression, Node } from '../build.ts';
import { binary, num } from '../build.ts';
import { unwrap } from '../types.ts';
import { clone } from './clone.ts';
import { coefficient } from './linear.ts';

export interface Count {
  name: string;
  bound: Expression;
  inclusive: boolean;
  step: Expression;
}

/** `i < bound; i++`, `i <= bound; i += step` */
export function countOf({ test, update }: t.ForStatement): Count | undefined {
  const compared = test && (unwrap(test) as Expression);
  const stepped = update && (unwrap(update) as Expression);
  if (compared?.type !== 'BinaryExpression' || !/^<=?$/.test(compared.operator) || !stepped) return undefined;
  const left = unwrap(compared.left);
  if (left.type !== 'Identifier') return undefined;
  const bound = unwrap(compared.right) as Expression;
  const rest = { name: left.name, bound, inclusive: compared.operator === '<=' };
  if (stepped.type === 'UpdateExpression' && stepped.operator === '++')
    return isName(stepped.argument, left.name) ? { ...rest, step: num(1) } : undefined;
  if (stepped.type === 'AssignmentExpression' && stepped.operator === '+=')
    return isName(stepped.left, left.name)
      ? { ...rest, step: unwrap(stepped.right) as Expression }
      : undefined;
  return undefined;
}

const isName = (node: Node, name: string): boolean => {
  const inner = unwrap(node);
  return inner.type === 'Identifier' && inner.name === name;
};

/** How far an index goes with a turn, as `by` says for one of the counter. */
export function strideOf(by: number | Expression, step: Expression): Expression {
  if (by === 0) return num(0);
  if (by === 1) return clone(step);
  const factor = typeof by === 'number' ? num(by) : clone(by);
  return step.type === 'NumericLiteral' && step.value === 1 ? factor : binary('*', factor, clone(step));
}

export const isFixedNumber = (node: Expression, isFixed: (name: string) => boolean): boolean =>
  coefficient(node, '', isFixed) === 0;

/** `x.length` of one of the views, which stays. */
export const isLengthOf = (node: Expression, bases: ReadonlySet<string>): boolean =>
  isLength(node) && bases.has((node.object as t.Identifier).name);

const isLength = (node: Expression): node is t.MemberExpression =>
  node.type === 'MemberExpression' &&
  !node.computed &&
  node.object.type === 'Identifier' &&
  (node.property as t.Identifier).name === 'length';

/** A bound that nothing is called for: a name, a number, and for `x.length` that whose length it is. */
export function namedBound(node: Expression): Expression | undefined {
  if (node.type === 'Identifier' || (node.type === 'NumericLiteral' && node.value > LONG_LOOP))
    return clone(node);
  return isLength(node) ? clone(node.object as Expression) : undefined;
}

/** What stands right in a node, of whatever kind. */
export const childrenOf = (node: Node): Node[] =>
  Object.values(node)
    .flat()
    .filter((value): value is Node => typeof (value as Node | null)?.type === 'string');

/** The name that a node assigns, if it assigns one. */
export function assignedBy(node: Node): string | undefined {
  if (node.type !== 'AssignmentExpression' && node.type !== 'UpdateExpression') return undefined;
  const target = unwrap(node.type === 'AssignmentExpression' ? node.left : node.argument);
  return target.type === 'Identifier' ? target.name : undefined;
}
