/**
 * Calls through `F.call(view, …)`, `F.apply(view, list)`, `F.bind(view)`: where `F` may be a method of
 * Array.prototype, whom no patch reaches, `__tsrace.v(view) && __tsrace.m(F)` goes right before it. The call stays the user's own, and with it the engine's
 * message about it. In `F.apply(self, view)` the list is read: `view?.[S]?.l(F.apply, SITE)` stands in front of it.
 *
 * `F` is evaluated once more, so only a name is looked at, or a path of names if the receiver is one name. A receiver
 * that is more is evaluated before `F.call` is looked up, which nobody can tell.
 */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import { assign, copy, id, logical, member, sequence } from '../build.ts';
import { bindingOf, isNoView, isPlainName, isPrimitive, isSettled } from '../facts.ts';
import { hook, runtime } from '../hooks.ts';
import { memoize } from '../memoize.ts';
import type { Rewriter } from '../rewriter.ts';
import { find, type Scope } from '../scope.ts';
import { unwrap } from '../types.ts';

type Call = t.CallExpression | t.OptionalCallExpression;

const WAYS: ReadonlySet<string> = new Set(['call', 'apply', 'bind']);
/** Globals whose functions are no methods of arrays. */
const OTHERS: ReadonlySet<string> = new Set(
  'Object Function String Number Math Promise Date RegExp Map Set Symbol JSON Reflect console process'.split(
    ' ',
  ),
);

/** What goes before the call, whose parts are visited; `first` is its first argument as the user wrote it. */
export function borrowing(node: Call, first: Node | undefined, r: Rewriter): Expression[] {
  const through = functionOf(node, r);
  if (through === undefined || first === undefined || isOwnFunction(through.fn, r.scope)) return [];
  const { fn, way } = through;
  const lending = (): Expression => runtime('m', again(fn));
  const certain = isCertain(fn, r.scope);
  if (first.type === 'SpreadElement') return certain ? [lending()] : [];
  const self = unwrap(first) as Expression;
  if (isNoView(self, r.scope)) return [];
  if (self.type === 'ThisExpression' || isPlainName(self, r.scope))
    return [logical('&&', runtime('v', copy(self)), lending())];
  if (!certain) return [];
  if (fn.type === 'Identifier' && !isSettled(fn, self, r.scope)) return [lending()];
  const name = r.temp('s');
  const early = assign(id(name), node.arguments[0] as Expression);
  node.arguments[0] = id(name);
  // what is no function at all says so before the receiver is evaluated
  const missing = logical('??', again(fn), member(again(fn), way));
  return [missing, early, logical('&&', runtime('v', id(name)), lending())];
}

/** `list` is the second argument as the user wrote it, `node` the call with its parts visited. */
export function listed(node: Call, list: Node | undefined, r: Rewriter): void {
  const through = functionOf(node, r);
  const [first] = node.arguments;
  if (through?.way !== 'apply' || list === undefined || list.type === 'SpreadElement') return;
  if (first?.type === 'SpreadElement') return;
  const source = unwrap(list) as Expression;
  if (isNoView(source, r.scope)) return;
  const operand = memoize(r, source, node.arguments[1] as Expression, [], 's');
  const site = r.access(source, source)();
  const view = operand.memo ? operand.first : operand.again();
  const reading = hook('l', view, [member(again(through.fn), 'apply'), site]);
  node.arguments[1] = sequence([reading, operand.memo ? operand.again() : operand.first]);
}

function functionOf(node: Call, r: Rewriter): { fn: Expression; way: string } | undefined {
  const callee = unwrap(node.callee) as Expression;
  if (callee.type !== 'MemberExpression' && callee.type !== 'OptionalMemberExpression') return undefined;
  if (callee.computed || callee.property.type !== 'Identifier' || r.isIgnored(node)) return undefined;
  const way = callee.property.name;
  const fn = unwrap(callee.object) as Expression;
  return WAYS.has(way) && isPath(fn, r.scope) ? { fn, way } : undefined;
}

function isPath(node: Node, scope: Scope): boolean {
  if (node.type === 'Identifier' || node.type === 'ThisExpression') return true;
  if (node.type !== 'MemberExpression') return false;
  const object = unwrap(node.object);
  if (!isPath(object, scope) && !isEmptyArray(object)) return false;
  return node.computed ? isKey(node.property, scope) : true;
}

const isKey = (node: Node, scope: Scope): boolean =>
  node.type === 'StringLiteral' || node.type === 'NumericLiteral' || isPlainName(node, scope);

const isPrimitiveKey = (node: Node, scope: Scope): boolean => isKey(node, scope) && isPrimitive(node, scope);

const isEmptyArray = (node: Node): boolean => node.type === 'ArrayExpression' && node.elements.length === 0;

/** Evaluating it once more is without effect: a name, `Array.prototype.map`, `[].map`. */
function isCertain(node: Node, scope: Scope): boolean {
  if (isPlainName(node, scope)) return true;
  if (node.type !== 'MemberExpression' || (node.computed && !isPrimitiveKey(node.property, scope)))
    return false;
  const object = unwrap(node.object);
  if (isEmptyArray(object)) return true;
  return (
    object.type === 'MemberExpression' &&
    !object.computed &&
    object.property.type === 'Identifier' &&
    object.property.name === 'prototype' &&
    object.object.type === 'Identifier' &&
    object.object.name === 'Array' &&
    !find('Array', scope)
  );
}

/** A function or class of the file, or of a global that has none of arrays. */
function isOwnFunction(node: Expression, scope: Scope): boolean {
  if (node.type === 'Identifier') {
    const binding = bindingOf(node, scope);
    if (binding?.written) return false;
    if (binding === undefined) return OTHERS.has(node.name) && !find(node.name, scope);
    if (binding.kind === 'function' || binding.kind === 'class') return true;
    if (binding.kind !== 'const' || binding.values.length !== 1) return false;
    const [value] = binding.values;
    return typeof value === 'object' && /^(Function|ArrowFunction|Class)Expression$/.test(value.type);
  }
  let root: Node = node;
  while (root.type === 'MemberExpression') root = unwrap(root.object) as Node;
  return root.type === 'Identifier' && OTHERS.has(root.name) && !find(root.name, scope);
}

/** `node` once more; it is a path. */
function again(node: Expression): Expression {
  const inner = unwrap(node) as Expression;
  if (inner.type !== 'MemberExpression') return copy(inner);
  const property = inner.computed ? copy(inner.property as Expression) : copy(inner.property as t.Identifier);
  return { ...copy(inner), object: again(inner.object as Expression), property } as Expression;
}
