/**
 * `new T(view)` reads all of the view if `T` is a constructor of typed arrays, which only the run can tell:
 * `new T((view?.[S]?.c(T, SITE), view))`, and `super(view)` in a class that extends `T`. The hook stands in the
 * argument, so nothing is put into the callee.
 *
 * What comes out is shown to the runtime with what it was made of: a view of shared memory gets its stamp at once.
 * Were it to get it at its first access, the code around that would be optimised for a view without a stamp, and
 * thrown away when it meets the same view again.
 */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import { call, copy, member, sequence } from '../build.ts';
import { bindingOf, isNoView } from '../facts.ts';
import { hook, tsrace } from '../hooks.ts';
import { memoize } from '../memoize.ts';
import type { Rewriter } from '../rewriter.ts';
import { find, type Scope } from '../scope.ts';
import { unwrap } from '../types.ts';

/** Globals that make no typed array. */
const OTHERS: ReadonlySet<string> = new Set(
  (
    'Map Set WeakMap WeakSet Array ArrayBuffer SharedArrayBuffer DataView Promise Proxy Error TypeError RangeError ' +
    'Object RegExp Date URL Worker Blob File Response Request Headers Event TextDecoder TextEncoder Function'
  ).split(' '),
);

/** `original` is the first argument as the user wrote it, `node` the call with its parts visited. */
export function copied<T extends t.NewExpression | t.CallExpression | t.OptionalCallExpression>(
  node: T,
  original: Node | undefined,
  r: Rewriter,
): T | t.CallExpression {
  const maker = node.callee.type === 'Super' ? superClass(r) : node.callee;
  if (maker === undefined) return node;
  if (original === undefined || original.type === 'SpreadElement' || r.isIgnored(node)) return node;
  const source = unwrap(original) as Expression;
  if (!mayCopy(maker, r.scope) || isNoView(source, r.scope)) return node;
  const operand = memoize(r, source, node.arguments[0] as Expression, [], 's');
  const site = r.access(source, source)();
  const view = operand.memo ? operand.first : operand.again();
  const reading = hook('c', view, [again(maker as Expression), site]);
  node.arguments[0] = sequence([reading, operand.memo ? operand.again() : operand.first]);
  return node.type === 'NewExpression' && isNamedArray(node.callee)
    ? call(tsrace('t'), [node, operand.again()])
    : node;
}

/** By its name a constructor of typed arrays: elsewhere it is no matter when the stamp comes. */
const isNamedArray = (callee: Node): boolean => {
  const name = callee.type === 'MemberExpression' ? callee.property : callee;
  return name.type === 'Identifier' && name.name.endsWith('Array');
};

/** What `super(…)` calls in a class that extends `node`, if that is a name that nobody assigns. */
export function superClassOf(node: Node | null | undefined, scope: Scope): Rewriter['superClass'] {
  if (node?.type !== 'Identifier') return undefined;
  const found = find(node.name, scope);
  return found?.binding.written ? undefined : { name: node, binding: found?.binding };
}

/** That name, where it still means the same. */
function superClass({ superClass: known, scope }: Rewriter): t.Identifier | undefined {
  if (known === undefined || find(known.name.name, scope)?.binding !== known.binding) return undefined;
  return known.name;
}

function mayCopy(callee: Node, scope: Scope): boolean {
  if (callee.type === 'MemberExpression')
    return !callee.computed && callee.property.type === 'Identifier' && isPath(callee.object);
  if (callee.type !== 'Identifier') return false;
  if (!find(callee.name, scope)) return !OTHERS.has(callee.name);
  const binding = bindingOf(callee, scope);
  return binding?.kind !== 'class' || !binding.values.every(isOwnMaker);
}

/** A class that is derived from none, or has a constructor to itself. */
function isOwnMaker(value: unknown): boolean {
  const { superClass, body } = value as t.Class;
  if (body?.type !== 'ClassBody') return false;
  return !superClass || body.body.some((part) => part.type === 'ClassMethod' && part.kind === 'constructor');
}

const isPath = (node: Node): boolean =>
  node.type === 'Identifier' ||
  node.type === 'ThisExpression' ||
  (node.type === 'MemberExpression' &&
    !node.computed &&
    node.property.type === 'Identifier' &&
    isPath(node.object));

const again = (node: Expression): Expression =>
  node.type === 'MemberExpression'
    ? member(again(node.object as Expression), (node.property as t.Identifier).name)
    : copy(node);
