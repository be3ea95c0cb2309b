/**
 * May a function's body stand in a block? Function declarations at the top of a body are hoisted like `var`;
 * in a block they are bound like `let`, so that `var a; function a(){}` would be an error there.
 */
import type { types as t } from '@babel/core';
import type { Node } from '../build.ts';
import type { Scope } from '../scope.ts';

export function mustStayUnwrapped(body: t.BlockStatement, scope: Scope): boolean {
  const names = new Set<string>();
  for (const node of body.body) {
    if (node.type !== 'FunctionDeclaration' || !node.id) continue;
    if (names.has(node.id.name)) return true;
    names.add(node.id.name);
  }
  if (names.size === 0) return false;
  // A direct eval in here may declare a `var` of the same name.
  if (scope.dynamic) return true;
  return body.body.some((node) => declaresVar(node, names));
}

const SKIP = /Function|Method|Class|Expression$|^TS/;

/** Does a `var` or a function in a nested block share one of the names? */
function declaresVar(node: Node, names: Set<string>, nested = false): boolean {
  if (node.type === 'FunctionDeclaration') return nested && names.has(node.id?.name ?? '');
  if (node.type === 'VariableDeclaration') {
    return node.kind === 'var' && node.declarations.some(({ id }) => binds(id, names));
  }
  if (SKIP.test(node.type)) return false;
  for (const value of Object.values(node)) {
    const children = Array.isArray(value) ? value : [value];
    for (const child of children) {
      if (child && typeof child.type === 'string' && declaresVar(child as Node, names, true)) return true;
    }
  }
  return false;
}

function binds(node: Node, names: Set<string>): boolean {
  switch (node.type) {
    case 'Identifier':
      return names.has(node.name);
    case 'AssignmentPattern':
      return binds(node.left, names);
    case 'RestElement':
      return binds(node.argument, names);
    case 'ArrayPattern':
      return node.elements.some((item) => item !== null && binds(item, names));
    case 'ObjectPattern':
      return node.properties.some((item) => binds(item.type === 'RestElement' ? item : item.value, names));
    default:
      return false;
  }
}
