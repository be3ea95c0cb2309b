/** Index expressions that go by the same amount in each turn: `i`, `i + 1`, `row * n + i`, `k * n + j`. */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import { binary, num } from '../build.ts';
import { unwrap } from '../types.ts';
import { clone } from './clone.ts';

/**
 * By how much `index` grows when `name` grows by one: 0, 1 or an expression; undefined when it is not linear in
 * `name`. `isFixed` says which other names stay as they are.
 */
export function coefficient(
  index: Node,
  name: string,
  isFixed: (name: string) => boolean,
): number | Expression | undefined {
  const node = unwrap(index) as Expression;
  if (node.type === 'Identifier') return node.name === name ? 1 : isFixed(node.name) ? 0 : undefined;
  if (node.type === 'NumericLiteral') return 0;
  if (isConstant(node, name, isFixed)) return 0;
  if (node.type !== 'BinaryExpression') return undefined;
  const a = coefficient(node.left, name, isFixed);
  const b = coefficient(node.right, name, isFixed);
  if (a === undefined || b === undefined) return undefined;
  switch (node.operator) {
    case '+':
      return a === 0 ? b : b === 0 ? a : binary('+', expression(a), expression(b));
    case '-':
      return b === 0 ? a : binary('-', expression(a), expression(b));
    case '*':
      if (a === 0) return scaled(b, node.left as Expression);
      return b === 0 ? scaled(a, node.right) : undefined;
    default:
      return undefined;
  }
}

/** Arithmetic on fixed names only. */
function isConstant(node: Expression, name: string, isFixed: (name: string) => boolean): boolean {
  const inner = unwrap(node) as Expression;
  switch (inner.type) {
    case 'NumericLiteral':
      return true;
    case 'Identifier':
      return inner.name !== name && isFixed(inner.name);
    case 'BinaryExpression':
      return isConstant(inner.left as Expression, name, isFixed) && isConstant(inner.right, name, isFixed);
    case 'UnaryExpression':
      return /^[-+~]$/.test(inner.operator) && isConstant(inner.argument, name, isFixed);
    default:
      return false;
  }
}

const expression = (value: number | Expression): Expression =>
  typeof value === 'number' ? num(value) : value;

function scaled(by: number | Expression, factor: Expression): number | Expression {
  if (by === 0) return 0;
  const copied = clone(unwrap(factor) as Expression);
  if (by === 1) return copied.type === 'NumericLiteral' ? (copied as t.NumericLiteral).value : copied;
  return binary('*', expression(by), copied);
}
