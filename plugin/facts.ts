/**
 * What can be said of an expression without running it. Each answer is "surely" or "don't know"; a rewrite
 * that leaves something out because of an answer here relies on it being exact.
 */
import type { types as t } from '@babel/core';
import type { Node } from './build.ts';
import { isMathFunction } from './natives.ts';
import type { Binding, Scope } from './scope.ts';
import { find, PRIMITIVE, UNKNOWN } from './scope.ts';
import { unwrap } from './types.ts';

const CONTAINERS: ReadonlySet<string> = new Set(
  'Map Set WeakMap WeakSet Array Promise Error Object RegExp URL'.split(' '),
);
/** Operators that make numbers and booleans of numbers. */
export const ARITHMETIC: ReadonlySet<string> = new Set(
  '+ - * / % ** & | ^ << >> >>> < > <= >= == != === !=='.split(' '),
);

/** The binding of a name, when nothing at run time can make the name mean another. */
export function bindingOf(node: Node, scope: Scope): Binding | undefined {
  if (node.type !== 'Identifier') return undefined;
  const found = find(node.name, scope);
  return found?.certain ? found.binding : undefined;
}

/** A name that may be read twice: no getter of the global object, no `with` stands behind it. */
export const isPlainName = (node: Node, scope: Scope): boolean => bindingOf(node, scope) !== undefined;

function every(binding: Binding, scope: Scope, seen: Set<Binding>, test: typeof isPrimitive): boolean {
  if (seen.has(binding)) return true;
  seen.add(binding);
  return binding.values.every(
    (value) => value !== UNKNOWN && (value === PRIMITIVE || test(value, scope, seen)),
  );
}

/** Surely not an object, so that using it as a key runs no code of the user's. */
export function isPrimitive(node: Node, scope: Scope, seen: Set<Binding> = new Set()): boolean {
  switch (node.type) {
    case 'NumericLiteral':
    case 'StringLiteral':
    case 'BigIntLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'TemplateLiteral':
    case 'UpdateExpression':
    case 'UnaryExpression':
      return true;
    case 'BinaryExpression':
      return ARITHMETIC.has(node.operator) || node.operator === 'in' || node.operator === 'instanceof';
    case 'AssignmentExpression':
      return node.operator === '='
        ? isPrimitive(node.right, scope, seen)
        : !/^(\|\||&&|\?\?)/.test(node.operator);
    case 'LogicalExpression':
      return isPrimitive(node.left, scope, seen) && isPrimitive(node.right, scope, seen);
    case 'ConditionalExpression':
      return isPrimitive(node.consequent, scope, seen) && isPrimitive(node.alternate, scope, seen);
    case 'SequenceExpression':
      return isPrimitive(node.expressions.at(-1)!, scope, seen);
    case 'Identifier': {
      const binding = bindingOf(node, scope);
      if (!binding || !['let', 'const', 'var'].includes(binding.kind)) return false;
      return every(binding, scope, seen, isPrimitive);
    }
    case 'CallExpression':
      return isMathFunction(node.callee, scope);
    default: {
      const inner = unwrap(node);
      return inner !== node && isPrimitive(inner, scope, seen);
    }
  }
}

/** Surely not a typed array. */
export function isNoView(node: Node, scope: Scope, seen: Set<Binding> = new Set()): boolean {
  switch (node.type) {
    case 'ArrayExpression':
    case 'ObjectExpression':
    case 'RegExpLiteral':
    case 'FunctionExpression':
    case 'FunctionDeclaration':
    case 'ArrowFunctionExpression':
    case 'ClassExpression':
    case 'ClassDeclaration':
    case 'MetaProperty':
    case 'RestElement':
      return true;
    case 'NewExpression':
      return (
        node.callee.type === 'Identifier' &&
        CONTAINERS.has(node.callee.name) &&
        !find(node.callee.name, scope)
      );
    case 'CallExpression': {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || callee.computed || callee.object.type !== 'Identifier')
        return isPrimitive(node, scope, seen);
      const name = `${callee.object.name}.${(callee.property as t.Identifier).name}`;
      return /^(Object\.(keys|values|entries)|Array\.(from|of))$/.test(name)
        ? !find(callee.object.name, scope)
        : isPrimitive(node, scope, seen);
    }
    case 'MemberExpression':
      return (
        !node.computed &&
        node.object.type === 'Identifier' &&
        node.object.name === 'process' &&
        !find('process', scope)
      );
    case 'ConditionalExpression':
      return isNoView(node.consequent, scope, seen) && isNoView(node.alternate, scope, seen);
    case 'LogicalExpression':
      return isNoView(node.left, scope, seen) && isNoView(node.right, scope, seen);
    case 'Identifier': {
      if (node.name === 'arguments') return true;
      const binding = bindingOf(node, scope);
      if (!binding)
        return /^(globalThis|window|self|exports|undefined)$/.test(node.name) && !find(node.name, scope);
      if (['param', 'import', 'catch'].includes(binding.kind)) return false;
      if (binding.values.length === 0) return false;
      return every(binding, scope, seen, isNoView);
    }
    default: {
      const inner = unwrap(node);
      return inner !== node ? isNoView(inner, scope, seen) : isPrimitive(node, scope, seen);
    }
  }
}

/** Evaluating it runs no code of the user's, assigns nothing and throws nothing. */
export function isInert(node: Node, scope: Scope): boolean {
  switch (node.type) {
    case 'NumericLiteral':
    case 'StringLiteral':
    case 'BigIntLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'ThisExpression':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'RegExpLiteral':
      return true;
    case 'Identifier':
      return node.name === 'undefined' || isPlainName(node, scope);
    case 'UnaryExpression':
      if (node.operator === 'typeof' || node.operator === '!' || node.operator === 'void')
        return isInert(node.argument, scope);
      return (
        /^[-+~]$/.test(node.operator) && isInert(node.argument, scope) && isPrimitive(node.argument, scope)
      );
    case 'BinaryExpression':
      if (!isInert(node.left, scope) || !isInert(node.right, scope)) return false;
      if (node.operator === '===' || node.operator === '!==') return true;
      if (node.operator === 'in' || node.operator === 'instanceof') return false;
      return isPrimitive(node.left, scope) && isPrimitive(node.right, scope);
    case 'LogicalExpression':
      return isInert(node.left, scope) && isInert(node.right, scope);
    case 'ConditionalExpression':
      return isInert(node.test, scope) && isInert(node.consequent, scope) && isInert(node.alternate, scope);
    case 'TemplateLiteral':
      return node.expressions.every((part) => isInert(part, scope) && isPrimitive(part, scope));
    case 'UpdateExpression':
      return false;
    default: {
      const inner = unwrap(node);
      return inner !== node && isInert(inner, scope);
    }
  }
}

/** Reading the name where `node` stands throws nothing: it is no `let` or `const` that may not be declared yet. */
export function isDeclared(name: Node, node: Node, scope: Scope): boolean {
  const binding = bindingOf(name, scope);
  if (binding === undefined) return false;
  if (/^(param|rest|catch|function|var)$/.test(binding.kind)) return true;
  return binding.owner === scope.owner && binding.start < (node.start ?? 0);
}

/** `name` means the same value before and after `expression` runs, and reading it early throws nothing new. */
export function isSettled(name: Node, expression: Node, scope: Scope): boolean {
  if (name.type === 'ThisExpression' || isInert(expression, scope)) return true;
  const binding = bindingOf(name, scope);
  if (!binding) return name.type !== 'Identifier';
  if (!isDeclared(name, expression, scope)) return false;
  if (!binding.written && (binding.kind !== 'var' || binding.values.length === 0)) return true;
  return writesOnlyOthers(expression, (name as t.Identifier).name, scope);
}

/** `i++`, `j = k + 1`: runs nothing but arithmetic and assigns nothing but other names. */
function writesOnlyOthers(node: Node, name: string, scope: Scope): boolean {
  if (isInert(node, scope)) return true;
  if (node.type === 'UpdateExpression') {
    return (
      node.argument.type === 'Identifier' && node.argument.name !== name && isPrimitive(node.argument, scope)
    );
  }
  if (node.type === 'AssignmentExpression') {
    if (node.left.type !== 'Identifier' || node.left.name === name || !isPlainName(node.left, scope))
      return false;
    if (node.operator !== '=' && !(isPrimitive(node.left, scope) && isPrimitive(node.right, scope)))
      return false;
    return writesOnlyOthers(node.right, name, scope);
  }
  if (node.type === 'BinaryExpression' && isPrimitive(node.left, scope) && isPrimitive(node.right, scope)) {
    return (
      node.operator !== 'in' &&
      node.operator !== 'instanceof' &&
      writesOnlyOthers(node.left, name, scope) &&
      writesOnlyOthers(node.right, name, scope)
    );
  }
  return false;
}

const NUMBER_PROPERTIES: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Number.prototype),
  ...Object.getOwnPropertyNames(BigInt.prototype),
  ...Object.getOwnPropertyNames(Object.prototype),
  'should',
]);

/** An element of a typed array is a number; it has none but these properties. */
export const isNumberProperty = (name: string): boolean => NUMBER_PROPERTIES.has(name);

/** A key that is never an index, as far as its text says. */
export function isNoIndex(key: Node, scope: Scope): boolean {
  switch (key.type) {
    case 'StringLiteral':
      return !/^(0|[1-9]\d*)$/.test(key.value);
    case 'NumericLiteral':
      return !Number.isInteger(key.value) || key.value < 0;
    case 'TemplateLiteral': {
      const ends = [key.quasis[0]!.value.cooked ?? '', key.quasis.at(-1)!.value.cooked ?? ''];
      return key.expressions.length === 0 ? !/^\d+$/.test(ends[0]!) : ends.some((text) => /\D/.test(text));
    }
    case 'BinaryExpression':
      return (
        key.operator === '+' &&
        [key.left, key.right].some((side) => side.type === 'StringLiteral' && /\D/.test(side.value))
      );
    case 'MemberExpression':
      return (
        !key.computed &&
        key.object.type === 'Identifier' &&
        key.object.name === 'Symbol' &&
        !find('Symbol', scope)
      );
    case 'CallExpression':
      return (
        key.callee.type === 'Identifier' &&
        /^(Symbol|String)$/.test(key.callee.name) &&
        key.callee.name === 'Symbol' &&
        !find('Symbol', scope)
      );
    case 'UnaryExpression':
      return key.operator === 'typeof' || key.operator === '!' || key.operator === 'void';
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'RegExpLiteral':
      return true;
    case 'Identifier': {
      const binding = bindingOf(key, scope);
      return (
        binding?.kind === 'const' &&
        !binding.written &&
        binding.values.length === 1 &&
        isKnownNoIndex(binding.values[0]!, scope)
      );
    }
    default: {
      const inner = unwrap(key);
      return inner !== key && isNoIndex(inner, scope);
    }
  }
}

const isKnownNoIndex = (value: Binding['values'][number], scope: Scope): boolean =>
  typeof value === 'object' && value.type !== 'Identifier' && isNoIndex(value, scope);
