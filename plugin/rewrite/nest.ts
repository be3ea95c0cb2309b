/**
 * Counted loops inside each other, which are steady as one: what all turns of all of them touch is recorded before the
 * outermost begins, where each index goes on by the same amount with each turn of each loop.
 *
 *     for (let y = lo; y < hi; y++) {
 *       const end = y * n + n - 1;
 *       for (let i = y * n + 1; i < end; i++) dst[i] = src[i - n] + src[i + n];
 *     }
 *
 * Here `i` goes on by 1 with each turn of the inner loop, which has as many in each turn of the outer one, and by `n` with
 * each of those: `y * n + 1` and `end` do. What the run makes of such an index is runtime/grid.ts's.
 */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import { binary } from '../build.ts';
import { unwrap } from '../types.ts';
import { clone } from './clone.ts';
import { assignedBy, type Count, childrenOf, countOf, isFixedNumber, isLengthOf, strideOf } from './count.ts';
import { coefficient } from './linear.ts';
import type { InnerLoop, Quiet, Touch } from './quiet.ts';

/** As many as `View.g` takes. */
const MOST_LOOPS = 4;

/** A loop of a nest, as it is in the first turns of those around it. */
export interface NestedLoop {
  /** the counter's first value; undefined of the outermost, whose counter has it */
  first: Expression | undefined;
  bound: Expression;
  inclusive: boolean;
  step: Expression;
  /** by how much the bound goes on with turns of the loops around it, where it does */
  drifts: (number | Expression)[];
  within: NestedLoop | undefined;
}

export interface NestedTouch {
  touch: Touch;
  /** its index in the first turns */
  first: Expression;
  /** the loops that it is in, outermost first, and by how much it goes on with a turn of each */
  loops: NestedLoop[];
  strides: Expression[];
}

export interface Nest {
  counter: string;
  /** of the loops in it, where the first access is */
  bounds: Expression[];
  /** outermost first */
  loops: NestedLoop[];
  touches: NestedTouch[];
}

/** A counter, its first value in terms of those around it, and how it goes. */
interface Level {
  name: string;
  init: Expression | undefined;
  count: Count;
  loop: NestedLoop;
}

/** undefined: the loops are not steady as one. */
export function nestOf(node: t.ForStatement, quiet: Quiet): Nest | undefined {
  const outer = countOf(node);
  if (!outer || !quiet.numbers || quiet.loops.length === 0) return undefined;
  try {
    return new NestReader(node, outer, quiet).nest;
  } catch (error) {
    if (error !== NOT_STEADY) throw error;
    return undefined;
  }
}

/** Made once, as NOT_QUIET (quiet.ts). */
const NOT_STEADY = new Error('the loops are not steady as one');

class NestReader {
  readonly nest: Nest;
  private readonly bases: ReadonlySet<string>;
  /** what the nest declares, with its value where that is all that it ever has */
  private readonly own = new Map<string, Expression | undefined>();
  private readonly assigned = new Set<string>();
  private readonly levels = new Map<InnerLoop, Level[]>();

  constructor(node: t.ForStatement, outer: Count, { bases, loops, touches }: Quiet) {
    this.bases = bases;
    const heads = new Set<Node>(loops.flatMap(({ node }) => [node.init as Node, node.update as Node]));
    this.readNames(node.body, heads);
    for (const { node } of loops) this.own.set(nameOf(node), undefined);
    if (this.assigned.has(outer.name) || this.own.has(outer.name)) throw NOT_STEADY;
    this.own.set(outer.name, undefined);
    if (!isFixedNumber(outer.step, this.isFixed)) throw NOT_STEADY;
    const bound = this.boundIn(outer.bound, []);
    const top: NestedLoop = { ...outer, first: undefined, bound, drifts: [], within: undefined };
    const topLevel: Level = { name: outer.name, init: undefined, count: { ...outer, bound }, loop: top };
    for (const inner of loops) {
      const around = inner.within === undefined ? [topLevel] : (this.levels.get(inner.within) as Level[]);
      this.levels.set(inner, [...around, this.level(inner, around)]);
    }
    const [deep] = touches;
    this.nest = {
      counter: outer.name,
      bounds:
        deep === undefined
          ? []
          : this.levelsOf(deep, topLevel)
              .slice(1)
              .map(({ loop }) => loop.bound),
      loops: [top, ...[...this.levels.values()].map((levels) => (levels.at(-1) as Level).loop)],
      touches: touches.map((touch) => this.nested(touch, this.levelsOf(touch, topLevel))),
    };
  }

  private levelsOf({ within }: Touch, top: Level): readonly Level[] {
    return within === undefined ? [top] : (this.levels.get(within) as Level[]);
  }

  /** What the body declares and assigns, but for the heads of its loops. */
  private readNames(whole: Node, heads: ReadonlySet<Node>): void {
    const node = unwrap(whole) as Node;
    if (heads.has(whole)) {
      // what a head declares beside the counter is its first value alone
      if (node.type === 'VariableDeclaration')
        for (const item of node.declarations) this.own.set((item.id as t.Identifier).name, undefined);
      return;
    }
    const name = assignedBy(node);
    if (name !== undefined) this.assigned.add(name);
    if (node.type === 'VariableDeclaration') {
      for (const { id, init } of node.declarations) {
        const { name } = id as t.Identifier;
        const isOne = node.kind !== 'var' && !this.own.has(name);
        this.own.set(name, isOne ? (init as Expression) : undefined);
      }
    }
    for (const child of childrenOf(node)) this.readNames(child, heads);
  }

  private level({ node }: InnerLoop, around: readonly Level[]): Level {
    const count = countOf(node);
    if (!count || around.length === MOST_LOOPS) throw NOT_STEADY;
    if (count.name !== nameOf(node) || this.assigned.has(count.name)) throw NOT_STEADY;
    if (around.some(({ name }) => name === count.name)) throw NOT_STEADY;
    if (!isFixedNumber(count.step, this.isFixed)) throw NOT_STEADY;
    const init = this.resolved(initOf(node));
    const bound = this.boundIn(count.bound, around);
    const drifts: NestedLoop['drifts'] = [];
    for (const level of around) {
      const by = this.goesOn(init, level, around);
      // as many turns each time
      if (!isSame(by, this.goesOn(bound, level, around))) throw NOT_STEADY;
      if (by !== 0) drifts.push(by);
    }
    const loop: NestedLoop = {
      first: atFirst(init, around),
      bound: atFirst(bound, around),
      inclusive: count.inclusive,
      step: count.step,
      drifts,
      within: (around.at(-1) as Level).loop,
    };
    return { name: count.name, init, count, loop };
  }

  /** Of an index, in those loops. */
  private nested(touch: Touch, levels: readonly Level[]): NestedTouch {
    const index = this.resolved(unwrap(touch.node.property) as Expression);
    return {
      touch,
      first: atFirst(index, levels),
      loops: levels.map(({ loop }) => loop),
      strides: levels.map((level) => strideOf(this.goesOn(index, level, levels), level.count.step)),
    };
  }

  /** The bound of a loop in those. */
  private boundIn(bound: Expression, around: readonly Level[]): Expression {
    if (isLengthOf(bound, this.bases)) return bound;
    const resolved = this.resolved(bound);
    if (around.length === 0 && !isFixedNumber(resolved, this.isFixed)) throw NOT_STEADY;
    return resolved;
  }

  /** By how much an expression goes on as the counter of one of the levels does by one, and what depends on it with it. */
  private goesOn(whole: Expression, level: Level, levels: readonly Level[]): number | Expression {
    if (isLengthOf(whole, this.bases)) return 0;
    const at = levels.indexOf(level);
    const expression = firstIn(whole, levels.slice(at + 1));
    const outer = new Set(levels.slice(0, at).map(({ name }) => name));
    const isFixed = (name: string): boolean => outer.has(name) || this.isFixed(name);
    const by = coefficient(expression, level.name, isFixed);
    if (by === undefined) throw NOT_STEADY;
    // each turn of each loop the same
    if (typeof by !== 'number' && !isFixedNumber(by, this.isFixed)) throw NOT_STEADY;
    return by;
  }

  private readonly isFixed = (name: string): boolean =>
    !this.own.has(name) && !this.assigned.has(name) && !this.bases.has(name);

  /** With the values of what the nest declares instead of the names. */
  private resolved(expression: Expression): Expression {
    return replaced(expression, (name) => {
      const value = this.assigned.has(name) ? undefined : this.own.get(name);
      return value && this.resolved(value);
    });
  }
}

const firstDeclared = ({ init }: t.ForStatement): t.VariableDeclarator => {
  if (init?.type !== 'VariableDeclaration') throw NOT_STEADY;
  const [item] = init.declarations;
  if (item?.id.type !== 'Identifier' || !item.init) throw NOT_STEADY;
  return item;
};

const nameOf = (node: t.ForStatement): string => (firstDeclared(node).id as t.Identifier).name;

const initOf = (node: t.ForStatement): Expression =>
  unwrap(firstDeclared(node).init as Expression) as Expression;

/** With their first values instead of the counters of the levels, but for the outermost, which has it. */
const atFirst = (expression: Expression, levels: readonly Level[]): Expression =>
  firstIn(expression, levels.slice(1));

/** The same, in those loops alone: outermost first. */
function firstIn(expression: Expression, levels: readonly Level[]): Expression {
  return [...levels]
    .reverse()
    .reduce((rest, { name, init }) => replaced(rest, (met) => (met === name ? init : undefined)), expression);
}

/** Arithmetic with other names; a copy. */
function replaced(whole: Expression, by: (name: string) => Expression | undefined): Expression {
  const node = unwrap(whole) as Expression;
  switch (node.type) {
    case 'Identifier':
      return clone(by(node.name) ?? node);
    case 'BinaryExpression':
      return binary(node.operator, replaced(node.left as Expression, by), replaced(node.right, by));
    case 'UnaryExpression':
      return { ...clone(node), argument: replaced(node.argument, by) };
    default:
      return clone(node);
  }
}

/** Whether both are the same text. */
function isSame(a: number | Expression, b: number | Expression): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  if (a.type !== b.type) return false;
  switch (a.type) {
    case 'Identifier':
      return a.name === (b as t.Identifier).name;
    case 'NumericLiteral':
      return a.value === (b as t.NumericLiteral).value;
    case 'BinaryExpression': {
      const other = b as t.BinaryExpression;
      return (
        a.operator === other.operator &&
        isSame(a.left as Expression, other.left as Expression) &&
        isSame(a.right, other.right)
      );
    }
    case 'UnaryExpression':
      return (
        a.operator === (b as t.UnaryExpression).operator &&
        isSame(a.argument, (b as t.UnaryExpression).argument)
      );
    default:
      return false;
  }
}
