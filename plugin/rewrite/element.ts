/**
 * `a[i]` read and written: `(a?.[S]?.r(i, SITE), a[i])`, `(a[i] = v, a?.[S]?.w(i, SITE))`.
 *
 * A write is told when it is made, since the conversion of its value may throw. A key that may be an object is converted
 * by the hook, so there the hook goes before the access: `a[i] = (_x = v, a?.[S]?.w(i, SITE), _x)`.
 *
 * The access stays the user's own, so order, conversions and error messages are the engine's.
 */
import type { types as t } from '@babel/core';
import { SiteFlag } from '../../runtime/interface.ts';
import type { Expression, Node } from '../build.ts';
import { assign, copy, element, id, logical, self, sequence } from '../build.ts';
import { bindingOf, isDeclared, isNoIndex, isNoView, isPrimitive } from '../facts.ts';
import { runtime, tsrace } from '../hooks.ts';
import { isQuietValue, memoize, type Operand } from '../memoize.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { owner } from './chain.ts';

export type Member = t.MemberExpression | t.OptionalMemberExpression;

/** May `node` be an element of a shared view, as far as its text says? */
export function isCandidate(node: Member, r: Rewriter): boolean {
  if (!node.computed || node.object.type === 'Super' || r.isIgnored(node)) return false;
  const key = node.property as Expression;
  return !isNoIndex(key, r.scope) && !isNoView(unwrap(node.object), r.scope);
}

/** Visited operands of an access, each with what is needed to evaluate it once. */
export interface Access {
  object: Operand;
  key: Operand;
  /** what must be evaluated before the operands can be used again */
  setup: Expression[];
  site: () => Expression;
}

/** `later` is what is evaluated after the operands and before the access (the right side). */
export function operands(node: Member, r: Rewriter, later: Node[], flags = 0): Access {
  const object = unwrap(node.object) as Expression;
  const property = unwrap(node.property) as Expression;
  const visitedObject = visitOwner(node, r);
  const visitedKey = r.visit(property);
  const o = memoize(r, object, visitedObject, [property, ...later], 'o');
  const k = memoize(r, property, visitedKey, later, 'k');
  const setup = [o, k].filter((operand) => operand.memo).map((operand) => operand.first);
  return { object: o, key: k, setup, site: r.access(node as Expression, object, flags) };
}

/** The object of `node`, visited. */
export function visitOwner(node: Member, r: Rewriter): Expression {
  return owner(unwrap(node.object) as Expression, r);
}

export function readElement(node: t.MemberExpression, r: Rewriter): Expression {
  const { object, key, setup, site } = operands(node, r, []);
  let view = object.again();
  if (object.memo && !key.memo) view = setup.pop()!;
  const hooked = r.elementHook('r', view, key.again(), site());
  place(node, object, key);
  return sequence([...setup, hooked, node]);
}

/**
 * `super[i]` reads from the prototype of the method's home, which has no name: its own stamp is
 * `super[S]`, once it has one.
 */
export function superElement(node: t.MemberExpression, r: Rewriter): Expression {
  const key = unwrap(node.property) as Expression;
  node.property = r.visit(key);
  if (!isSuperElement(node, r)) return node;
  node.property = superKey(node, node.property, r.access(node, node.object)());
  return sequence([runtime('up', self()), node]);
}

/** May it be an element of a shared view, as far as its text says? */
export const isSuperElement = (node: t.MemberExpression, r: Rewriter): boolean =>
  node.computed &&
  node.object.type === 'Super' &&
  !isNoIndex(unwrap(node.property), r.scope) &&
  !r.isIgnored(node);

const superKey = (node: t.MemberExpression, key: Expression, site: Expression): Expression =>
  runtime('k', runtime('up', self(), element(node.object as Expression, tsrace('S'))), key, site);

/** `super[i] = v`, `super[i]++`: what is written is an element of `this`, if that is a view. */
export function writeSuper(
  node: t.AssignmentExpression | t.UpdateExpression,
  target: t.MemberExpression,
  r: Rewriter,
): Expression {
  const unused = r.unused === node;
  const right = node.type === 'AssignmentExpression' ? node.right : null;
  const reads = node.operator !== '=';
  const property = unwrap(target.property) as Expression;
  const site = r.access(target, target.object, reads ? SiteFlag.UPDATE : 0);
  const key = memoize(r, property, r.visit(property), right ? [right] : [], 'k');
  target.property = reads ? superKey(target, key.first, site()) : key.first;
  const written = r.elementHook('w', self(), key.again(), site());
  let made: Expression = node;
  if (node.type === 'AssignmentExpression') {
    node.left = target;
    const may = /^(\|\||&&|\?\?)=$/.test(node.operator);
    node.right = may ? r.apart(() => r.visit(node.right)) : r.visit(node.right);
    if (may || !isPrimitive(property, r.scope))
      node.right = hookedValue(node.right, written, isQuietValue(right!, r), r);
    else made = told(node, written, unused, r);
  } else {
    node.argument = target;
    made = told(node, written, unused, r);
  }
  return reads ? sequence([runtime('up', self()), made]) : made;
}

/** Puts the operands into the access itself: the user's own node, so that it keeps its position. */
function place(node: t.MemberExpression, object: Operand, key: Operand): void {
  node.object = object.memo ? object.again() : object.first;
  node.property = key.memo ? key.again() : key.first;
}

/** `a[i] = value` */
export function writeElement(
  node: t.AssignmentExpression,
  target: t.MemberExpression,
  r: Rewriter,
): Expression {
  const { right } = node;
  const property = unwrap(target.property);
  const unused = r.unused === node;
  const { object, key, site } = operands(target, r, [right]);
  const value = r.visit(right);
  target.object = object.first;
  target.property = key.first;
  node.left = target;
  const written = r.elementHook('w', object.again(), key.again(), site());
  if (isPrimitive(property, r.scope)) {
    node.right = value;
    return told(node, written, unused, r);
  }
  node.right = hookedValue(value, written, isQuietValue(right, r), r);
  return node;
}

/** A write that is made, with its hook after it. */
function told(
  node: t.AssignmentExpression | t.UpdateExpression,
  written: Expression,
  unused: boolean,
  r: Rewriter,
): Expression {
  if (unused) return sequence([node, written]);
  const right = node.type === 'AssignmentExpression' ? node.right : node.argument;
  if (node.operator === '=' && isConstant(right, r)) return sequence([node, written, copy(right)]);
  const x = r.temp('x');
  return sequence([assign(id(x), node), written, id(x)]);
}

/** A literal, or a name that nobody assigns. */
function isConstant(node: Expression, r: Rewriter): boolean {
  if (/^(Numeric|String|BigInt|Boolean|Null)Literal$/.test(node.type)) return true;
  const binding = bindingOf(node, r.scope);
  return binding !== undefined && !binding.written && binding.kind !== 'var';
}

/** `value`, with the hook of its write after it. */
function hookedValue(value: Expression, written: Expression, quiet: boolean, r: Rewriter): Expression {
  if (quiet) return sequence([written, value]);
  const x = r.temp('x');
  return sequence([assign(id(x), value), written, id(x)]);
}

/** `a[i] += value`, `a[i] ??= value` */
export function updateElement(
  node: t.AssignmentExpression,
  target: t.MemberExpression,
  r: Rewriter,
): Expression {
  const { right, operator } = node;
  const unused = r.unused === node;
  const isTold = isPrimitive(unwrap(target.property), r.scope);
  const { object, key, setup, site } = operands(target, r, [right], SiteFlag.UPDATE);
  const isLogical = operator === '||=' || operator === '&&=' || operator === '??=';
  const value = isLogical ? r.apart(() => r.visit(right)) : r.visit(right);
  const quiet = isQuietValue(right, r);
  place(target, object, key);
  node.left = target;
  if (!isLogical && quiet && isPrimitive(right, r.scope)) {
    node.right = value;
    return sequence([...setup, r.elementHook('u', object.again(), key.again(), site()), node]);
  }
  let written = r.elementHook('w', object.again(), key.again(), site());
  const name = unwrap(right);
  let begun: Expression;
  if (!isLogical && quiet && name.type === 'Identifier' && isDeclared(name, node, r.scope)) {
    // true, or the way, where the hook before it has told the write already
    const isDone = r.temp('u');
    const args = [key.again(), copy(name), site()];
    if (r.repeats) args.push(id(isDone));
    begun = assign(id(isDone), r.hook('m', object.again(), args));
    written = logical('||', id(isDone), written);
  } else begun = r.elementHook('r', object.again(), key.again(), site());
  let made: Expression = node;
  if (!isLogical && isTold) {
    node.right = value;
    made = told(node, written, unused, r);
  } else node.right = hookedValue(value, written, quiet, r);
  return sequence([...setup, begun, made]);
}

/** `a[i]++` */
export function countElement(node: t.UpdateExpression, target: t.MemberExpression, r: Rewriter): Expression {
  const { object, key, setup, site } = operands(target, r, [], SiteFlag.UPDATE);
  place(target, object, key);
  node.argument = target;
  return sequence([...setup, r.elementHook('u', object.again(), key.again(), site()), node]);
}

/** `a?.[i]`: the hook stands in the key, where it runs only if the chain gets there. */
export function hookInKey(view: () => Expression, node: Member, r: Rewriter): Expression {
  const property = unwrap(node.property) as Expression;
  const site = r.access(node as Expression, unwrap(node.object));
  const k = memoize(r, property, r.visit(property), [], 'k');
  const hooked = r.elementHook('r', view(), k.again(), site());
  const setup = k.memo ? [k.first] : [];
  return sequence([...setup, hooked, k.again()]);
}
