/**
 * Calls that run no code of the user's and touch no shared memory: they need no frame and no site.
 * Only while the global's name is not declared anywhere in the file.
 */
import type { types as t } from '@babel/core';
import type { Node } from './build.ts';
import { find, type Scope } from './scope.ts';

const FUNCTIONS: ReadonlySet<string> = new Set(
  'Number BigInt Boolean Symbol isNaN isFinite parseInt parseFloat'.split(' '),
);
const CONSTRUCTORS: ReadonlySet<string> = new Set(
  'Error TypeError RangeError SyntaxError ReferenceError URL ArrayBuffer WeakMap WeakSet Date'.split(' '),
);
/** Constructors that read their argument: harmless only without one, or with a number. */
const COLLECTIONS: ReadonlySet<string> = new Set(
  (
    'Map Set Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array ' +
    'Float16Array Float32Array Float64Array BigInt64Array BigUint64Array'
  ).split(' '),
);
const METHODS: ReadonlyMap<string, ReadonlySet<string> | 'all'> = new Map<
  string,
  ReadonlySet<string> | 'all'
>([
  ['Math', 'all'],
  ['Number', new Set(['isInteger', 'isSafeInteger', 'isFinite', 'isNaN', 'parseFloat', 'parseInt'])],
  ['Object', new Set(['is'])],
  ['Array', new Set(['isArray'])],
  ['Date', new Set(['now'])],
  ['BigInt', new Set(['asIntN', 'asUintN'])],
  ['Symbol', new Set(['for'])],
  ['performance', new Set(['now'])],
]);

/** Names whose declaration in a file makes the above unsafe there. */
export const GLOBALS: readonly string[] = [...FUNCTIONS, ...CONSTRUCTORS, ...COLLECTIONS, ...METHODS.keys()];

export function isPureCall(
  node: t.CallExpression | t.OptionalCallExpression | t.NewExpression,
  shadowed: ReadonlySet<string>,
): boolean {
  const { callee } = node;
  if (node.arguments.some((argument) => argument.type === 'SpreadElement')) return false;
  if (callee.type === 'Identifier') {
    if (shadowed.has(callee.name)) return false;
    const [first] = node.arguments;
    if (COLLECTIONS.has(callee.name)) {
      return (
        (node.type === 'NewExpression' || callee.name === 'Array') &&
        (!first || first.type === 'NumericLiteral')
      );
    }
    return node.type === 'NewExpression' ? CONSTRUCTORS.has(callee.name) : FUNCTIONS.has(callee.name);
  }
  if (node.type === 'NewExpression' || callee.type !== 'MemberExpression' || callee.computed) return false;
  if (callee.object.type !== 'Identifier' || callee.property.type !== 'Identifier') return false;
  if (shadowed.has(callee.object.name)) return false;
  const methods = METHODS.get(callee.object.name);
  return methods === 'all' || (methods?.has(callee.property.name) ?? false);
}

/** `Math.f`, which makes a number of numbers. */
export function isMathFunction(callee: Node, scope: Scope): boolean {
  if (callee.type !== 'MemberExpression' || callee.computed || callee.object.type !== 'Identifier')
    return false;
  const name = (callee.property as t.Identifier).name;
  const { [name]: value } = Math as unknown as Record<string, unknown>;
  return (
    callee.object.name === 'Math' &&
    typeof value === 'function' &&
    // it iterates
    name !== 'sumPrecise' &&
    !find('Math', scope)
  );
}
