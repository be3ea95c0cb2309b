/**
 * A quiet loop (quiet.ts) stands twice: as the user wrote it, and with its hooks. The first runs when there is nothing
 * to record in its turns:
 *
 *   - none of its views is over shared memory; or
 *   - it is steady, and what all its turns will touch has been recorded before, as ranges (BigFoot, PLDI 2017):
 *
 *         { let i = lo; while (__tsrace.b(SITE, i, hi));
 *           if ((_v = a?.[S]) === undefined || typeof s === 'number' && … && _v.s(…))
 *             for (; i < hi; i++) s += a[i];
 *           else for (; i < hi; i++) s += (_w = _v?.r(i, SITE, _w), a[i]); }
 *
 *     Loops inside each other are steady as one (nest.ts), or each by itself.
 *
 * The `while` turns some times when the thread first comes here, for V8: see `Hooks.b`.
 *
 * Nothing in it can synchronise, be thrown or leave early, so the accesses are those of the running epoch and all of
 * them are made.
 */
import type { types as t } from '@babel/core';
import { INNER_LOOP, SiteFlag } from '../../runtime/interface.ts';
import { SUSPENDS } from '../analysis.ts';
import type { Expression, Node, Statement } from '../build.ts';
import { assign, binary, block, call, id, logical, num, str, undef } from '../build.ts';
import { stampOf, tsrace } from '../hooks.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { clone } from './clone.ts';
import {
  assignedBy,
  type Count,
  childrenOf,
  countOf,
  isFixedNumber,
  isLengthOf,
  namedBound,
  strideOf,
} from './count.ts';
import { coefficient } from './linear.ts';
import { type Nest, type NestedLoop, nestOf } from './nest.ts';
import { type Quiet, quietOf, type Touch } from './quiet.ts';

type Loop = t.ForStatement | t.WhileStatement;

/** The loop twice, or undefined when it is to be rewritten as any other. `rewrite` puts the hooks into it. */
export function quietLoop<T extends Loop>(
  node: T,
  r: Rewriter,
  rewrite: (node: T) => void,
): Statement | undefined {
  if (r.options.countable || r.frame.depth === null || !r.frame.statements) return undefined;
  const isFor = node.type === 'ForStatement';
  const init = isFor ? node.init : null;
  if ((r.effects(init) & SUSPENDS) !== 0 || (init && !isPlainInit(init))) return undefined;
  const quiet = quietOf(isFor ? [node.test, node.update, node.body] : [node.test, node.body], r);
  if (!quiet || !node.test) return undefined;

  const nest = node.type === 'ForStatement' && !r.nested ? nestOf(node, quiet) : undefined;
  if (!nest && quiet.loops.length > 0) return undefined;
  const counted = node.type === 'ForStatement' && !nest ? countedOf(node, quiet) : undefined;
  const isAsked = quiet.callees.size > 0;
  // most functions do more than compute: not worth the code twice
  if (isAsked && !counted && !nest) return undefined;
  const stamps = new Map([...quiet.bases].map((name) => [name, r.temp('v')]));
  const plain = clone(node);
  const recorded = nest
    ? steadyNest(nest, quiet, stamps, r)
    : counted && steady(counted, quiet.touches, stamps, r);
  const before: Statement[] = [];
  if (isFor && node.init) {
    const first = r.visit(node.init);
    before.push(first.type === 'VariableDeclaration' ? first : { ...expressionStatement(first) });
    (node as t.ForStatement).init = null;
    (plain as t.ForStatement).init = null;
  }
  const { stamps: outer, cold, nested } = r;
  // what another function does may change them
  if (!isAsked) r.stamps = new Map([...outer, ...stamps]);
  // a nest that is not steady as one has loops that may be, each by itself
  if (nest) r.nested = true;
  else if (recorded) r.cold = true;
  rewrite(node);
  Object.assign(r, { stamps: outer, cold, nested });

  const unshared = [...stamps].map(([name, temp]) =>
    binary('===', assign(id(temp), stampOf(id(name))), undef()),
  );
  // each stamp is asked for, whatever the others are
  const none = unshared.reduce((all, one) => binary('&', all, one));
  const nothing = recorded ? logical('||', none, recorded) : none;
  const pure = [...quiet.callees].map((name) => call(tsrace('p'), [id(name)]));
  const may = [...pure, nothing].reduce((all, one) => logical('&&', all, one));
  const choice = {
    type: 'IfStatement',
    test: may,
    consequent: plain,
    alternate: node,
  } as unknown as t.IfStatement;
  const [touch] = quiet.touches;
  const goes = isFor && r.loops.length === 0 ? countOf(node) : undefined;
  const to = goes && namedBound(goes.bound);
  if (to && touch) {
    const site = r.access(touch.node, unwrap(touch.node.object))();
    const inner = nest ? nest.bounds.map((bound) => namedBound(bound) ?? num(INNER_LOOP)) : [];
    before.push(emptyLoop(call(tsrace('b'), [site, id(goes.name), to, ...inner])));
  }
  return before.length === 0 ? choice : block([...before, choice]);
}

const emptyLoop = (test: Expression): t.WhileStatement =>
  ({ type: 'WhileStatement', test, body: { type: 'EmptyStatement' } }) as t.WhileStatement;

const expressionStatement = (expression: Expression): t.ExpressionStatement =>
  ({ type: 'ExpressionStatement', expression }) as t.ExpressionStatement;

/** `let i = lo` and the like: what can stand before the loop as well. */
function isPlainInit(init: Node): boolean {
  if (init.type !== 'VariableDeclaration') return true;
  return init.declarations.every((item) => item.id.type === 'Identifier' && !hasFunction(item));
}

/** A closure over the loop's name would see that there is one for all turns. */
function hasFunction(node: Node): boolean {
  return /Function|Class/.test(node.type) || childrenOf(node).some(hasFunction);
}

/** A counted loop whose accesses are known before it runs. */
interface Counted {
  count: Count;
  bound: Expression;
  numbers: Set<string>;
  /** by how much the index of each touch goes on as the counter does */
  strides: (number | Expression)[];
}

function countedOf(node: t.ForStatement, { numbers, touches, bases }: Quiet): Counted | undefined {
  const count = countOf(node);
  if (!count || !numbers) return undefined;
  const written = writtenIn(node.body);
  if (written.has(count.name)) return undefined;
  const isFixed = (name: string): boolean => name !== count.name && !written.has(name) && !bases.has(name);
  const bound = boundOf(count.bound, isFixed, bases);
  if (!bound || !isFixedNumber(count.step, isFixed)) return undefined;
  const strides: Counted['strides'] = [];
  for (const touch of touches) {
    const by = coefficient(indexOf(touch), count.name, isFixed);
    if (by === undefined) return undefined;
    strides.push(by);
  }
  return { count, bound, numbers, strides };
}

const indexOf = ({ node }: Touch): Expression => unwrap(node.property) as Expression;

/** The condition that the loop is steady, which records all that it will touch. */
function steady(
  { count, bound, numbers, strides }: Counted,
  touches: readonly Touch[],
  stamps: Map<string, string>,
  r: Rewriter,
): Expression {
  const n = r.temp('n');
  const checks = numeric([...numbers, count.name], stamps);
  const records: Expression[] = [];
  const turns = [id(count.name), bound, clone(count.step), num(count.inclusive ? 1 : 0)];
  checks.push(binary('>=', assign(id(n), call(tsrace('n'), turns)), num(0)));
  touches.forEach((touch, i) => {
    const first = r.temp('f');
    const step = strideOf(strides[i]!, count.step);
    const stepName = step.type === 'NumericLiteral' ? undefined : r.temp('c');
    const stepped = (): Expression => (stepName ? id(stepName) : clone(step));
    checks.push(
      call(tsrace('i'), [
        assign(id(first), clone(indexOf(touch))),
        stepName ? assign(id(stepName), step) : clone(step),
      ]),
    );
    const args = [num(KINDS[touch.kind]), id(first), stepped(), id(n), siteOf(touch, r)];
    records.push(record(id(stamps.get(touch.base)!), 's', args));
  });
  return [...checks, ...records].reduce((all, one) => logical('&&', all, one));
}

/** The same of a nest. */
function steadyNest(
  { counter, loops, touches }: Nest,
  { numbers }: Quiet,
  stamps: Map<string, string>,
  r: Rewriter,
): Expression {
  const checks = numeric([...numbers!, counter], stamps);
  const counts = new Map<NestedLoop, string>();
  for (const loop of loops) {
    const n = r.temp('n');
    counts.set(loop, n);
    const turns = [loop.first ?? id(counter), loop.bound, clone(loop.step), num(loop.inclusive ? 1 : 0)];
    checks.push(binary('>=', assign(id(n), call(tsrace('n'), turns)), num(0)));
    // what is no integer might be rounded another way in a later turn
    for (const by of loop.drifts)
      checks.push(call(tsrace('i'), [clone(loop.bound), typeof by === 'number' ? num(by) : clone(by)]));
  }
  const records = touches.map(({ touch, first, loops, strides }) => {
    const turns = loops.flatMap((loop, i) => [strides[i]!, id(counts.get(loop)!)]);
    const args = [num(KINDS[touch.kind]), siteOf(touch, r), first, ...turns];
    return record(id(stamps.get(touch.base)!), 'g', args);
  });
  return [...checks, ...records].reduce((all, one) => logical('&&', all, one));
}

/** What makes the code steady: that names are numbers, and all elements of the views. */
function numeric(names: string[], stamps: Map<string, string>): Expression[] {
  const checks: Expression[] = [...new Set(names)].map((name) =>
    binary('===', typeOf(id(name)), str('number')),
  );
  for (const [name, temp] of stamps) checks.push(call(tsrace('q'), [id(temp), id(name)]));
  return checks;
}

const siteOf = (touch: Touch, r: Rewriter): Expression =>
  r.access(touch.node, unwrap(touch.node.object), touch.kind === 'update' ? SiteFlag.UPDATE : 0)();

const KINDS: Record<Touch['kind'], number> = { read: 0, write: 1, update: 2 };

/** `(_v === void 0 || _v.s(…))` */
const record = (stamp: Expression, method: 's' | 'g', args: Expression[]): Expression =>
  logical(
    '||',
    binary('===', stamp, undef()),
    call(
      {
        type: 'MemberExpression',
        object: clone(stamp),
        property: id(method),
        computed: false,
      } as t.MemberExpression,
      args,
    ),
  );

const typeOf = (argument: Expression): Expression =>
  ({ type: 'UnaryExpression', operator: 'typeof', prefix: true, argument }) as t.UnaryExpression;

/** A bound that stays: arithmetic on fixed names, or the length of one of the views. */
function boundOf(
  node: Expression,
  isFixed: (name: string) => boolean,
  bases: Set<string>,
): Expression | undefined {
  if (isFixedNumber(node, isFixed)) return clone(node);
  return isLengthOf(node, bases) ? clone(node) : undefined;
}

/** Names that the body assigns or declares. */
function writtenIn(body: Node): Set<string> {
  const names = new Set<string>();
  const walk = (node: Node): void => {
    const name = assignedBy(node);
    if (name !== undefined) names.add(name);
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier') names.add(node.id.name);
    for (const child of childrenOf(node)) walk(child);
  };
  walk(body);
  return names;
}
