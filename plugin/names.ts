/** A function's name as a stack trace shows it, and whether it may run without a call in the source. */
import type { types as t } from '@babel/core';
import type { Node } from './build.ts';
import type { Rewriter } from './rewriter.ts';

export function functionName(node: t.Function, r: Rewriter): string {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      return node.id?.name ?? r.hint.name ?? '<anonymous>';
    case 'ArrowFunctionExpression':
      return r.hint.name ?? '<anonymous>';
    default:
      return methodName(node, r);
  }
}

function methodName(node: t.ObjectMethod | t.ClassMethod | t.ClassPrivateMethod, r: Rewriter): string {
  const name = keyName(node.key) || '<computed>';
  if (node.kind === 'get' || node.kind === 'set') return `${node.kind} ${name}`;
  if (node.kind === 'constructor') return `new ${r.className || '<anonymous>'}`;
  return node.type !== 'ObjectMethod' && r.className ? `${r.className}.${name}` : name;
}

/** What a property's key says without being evaluated; '' where it says nothing. */
export function keyName(key: Node): string {
  switch (key.type) {
    case 'Identifier':
      return key.name;
    case 'PrivateName':
      return `#${key.id.name}`;
    case 'StringLiteral':
      return key.value;
    case 'NumericLiteral':
      return String(key.value);
    case 'MemberExpression':
      return key.property.type === 'Identifier' && !key.computed
        ? `[${(key.object as t.Identifier).name ?? ''}.${key.property.name}]`
        : '';
    default:
      return '';
  }
}

/** The language calls these by itself. */
const PROTOCOL: ReadonlySet<string> = new Set('next return throw then toString valueOf toJSON'.split(' '));
/** Members of property descriptors and Proxy handlers. */
const HANDLERS: ReadonlySet<string> = new Set(
  (
    'get set value has deleteProperty apply construct ownKeys getOwnPropertyDescriptor defineProperty ' +
    'getPrototypeOf setPrototypeOf isExtensible preventExtensions'
  ).split(' '),
);

export function isImplicit(node: t.Function): boolean {
  if (node.generator) return true;
  if (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression')
    return PROTOCOL.has(node.id?.name ?? '');
  if (node.type === 'ArrowFunctionExpression') return false;
  if (node.kind === 'get' || node.kind === 'set') return true;
  if (node.type !== 'ClassPrivateMethod' && node.computed) return true;
  const name = keyName(node.key);
  return PROTOCOL.has(name) || (node.type === 'ObjectMethod' && HANDLERS.has(name));
}

/** Is a function that is the value of this property called by the language? */
export const isImplicitKey = (
  node: t.ObjectProperty | t.ClassProperty | t.ClassAccessorProperty,
): boolean => {
  if (node.computed) return true;
  const name = keyName(node.key);
  return PROTOCOL.has(name) || (node.type === 'ObjectProperty' && HANDLERS.has(name));
};
