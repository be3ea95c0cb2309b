/**
 * Loops that surely end: one of the conditions of the test is a bound, a constant, for a counter that starts at a
 * literal, is stepped by a whole literal in every turn, and goes no other way in the loop.
 */
import type { Node } from './build.ts';
import { bindingOf } from './facts.ts';
import { type Binding, find, type Scope } from './scope.ts';
import { unwrap } from './types.ts';

/** Numbers that a counter surely gets beyond. */
const MOST = 2 ** 32;

/** How a variable changes: by a number, to a literal, or in some other way. */
export type Change = number | 'literal' | 'other';

/** Of the source. */
interface Range {
  start: number;
  end: number;
}

interface CountedLoop extends Range {
  counter: Binding;
  direction: number;
}

export class CountedLoops {
  private readonly changes: { binding: Binding; by: Change; at: number }[] = [];
  private readonly loops: CountedLoop[] = [];

  /** All changes of all variables are to be told. */
  changed(binding: Binding, by: Change, at: number): void {
    this.changes.push({ binding, by, at });
  }

  /** A loop with that test, which makes these steps in each turn. False: it has no counter. */
  add(test: Node, steps: readonly Node[], range: Range, scope: Scope): boolean {
    for (const condition of conditions(test)) {
      const bounded = boundedBy(condition, scope);
      if (!bounded) continue;
      const { counter, direction } = bounded;
      const goes = steps.flatMap(partsOf).some((step) => {
        const change = changeOf(step);
        if (!change || bindingOf(change.target, scope) !== counter) return false;
        return typeof change.by === 'number' && change.by * direction > 0;
      });
      if (!goes) continue;
      this.loops.push({ ...range, ...bounded });
      return true;
    }
    return false;
  }

  /** Whether all of them end. */
  end(): boolean {
    return this.loops.every(({ counter, direction, start, end }) =>
      this.changes.every(({ binding, by, at }) => {
        const isOutside = binding !== counter || at < start || at >= end;
        if (binding === counter && by === 'other') return false;
        return isOutside || (typeof by === 'number' && by * direction > 0);
      }),
    );
  }
}

/** `i < 250`, `i >= 0` */
function boundedBy(condition: Node, scope: Scope): { counter: Binding; direction: number } | undefined {
  const node = unwrap(condition);
  if (node.type !== 'BinaryExpression' || !/^[<>]=?$/.test(node.operator)) return undefined;
  const counter = bindingOf(unwrap(node.left), scope);
  const bound = constantOf(node.right, scope);
  if (!counter || bound === undefined || Math.abs(bound) > MOST) return undefined;
  return { counter, direction: node.operator.startsWith('<') ? 1 : -1 };
}

export const isLiteral = (node: Node): boolean => {
  const value = literalOf(unwrap(node));
  return value !== undefined && Math.abs(value) <= MOST;
};

function literalOf(node: Node): number | undefined {
  if (node.type === 'NumericLiteral') return node.value;
  if (node.type !== 'UnaryExpression' || node.operator !== '-') return undefined;
  return node.argument.type === 'NumericLiteral' ? -node.argument.value : undefined;
}

/** The value of a constant, where its declaration tells it. */
export function constantOf(whole: Node, scope: Scope): number | undefined {
  const node = unwrap(whole);
  const found = node.type === 'Identifier' ? find(node.name, scope) : undefined;
  if (!found) return computed(node);
  const { kind, written, values } = found.binding;
  const [value] = values;
  if (!found.certain || kind !== 'const' || written || typeof value !== 'object') return undefined;
  return computed(unwrap(value));
}

/** Of arithmetic on literals. */
function computed(node: Node): number | undefined {
  if (node.type !== 'BinaryExpression') return literalOf(node);
  const left = computed(unwrap(node.left));
  const right = computed(unwrap(node.right));
  if (left === undefined || right === undefined) return undefined;
  return COMPUTED[node.operator]?.(left, right);
}

const COMPUTED: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '**': (a, b) => a ** b,
  '<<': (a, b) => a << b,
};

/** What must all hold for a condition to hold. */
function conditions(whole: Node): Node[] {
  const node = unwrap(whole);
  if (node.type !== 'LogicalExpression' || node.operator !== '&&') return [node];
  return [...conditions(node.left), ...conditions(node.right)];
}

/** `a, b` is `a` and `b`. */
function partsOf(whole: Node): Node[] {
  const node = unwrap(whole);
  return node.type === 'SequenceExpression' ? node.expressions.flatMap(partsOf) : [node];
}

/** What an assignment does to its target: by how much it goes on, where that is a whole literal. */
export function changeOf(node: Node): { target: Node; by: Change } | undefined {
  if (node.type === 'UpdateExpression')
    return { target: unwrap(node.argument), by: node.operator === '++' ? 1 : -1 };
  if (node.type !== 'AssignmentExpression') return undefined;
  const target = unwrap(node.left);
  const value = literalOf(unwrap(node.right));
  if (node.operator === '=') return { target, by: isLiteral(node.right) ? 'literal' : 'other' };
  const isStep = value !== undefined && Number.isInteger(value) && value > 0 && value <= MOST;
  if (isStep && node.operator === '+=') return { target, by: value };
  if (isStep && node.operator === '-=') return { target, by: -value };
  return { target, by: 'other' };
}
