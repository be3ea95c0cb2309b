/**
 * A function's body stands in a block (function.ts), where function declarations are bound like `let`; at the top of
 * a body they are bound like `var`. What else of the body has the name of one is made to fit: of two functions the
 * first is nobody's, and `var h = 1` is an assignment to `h`. Code for a direct `eval` is treated alike when it is
 * known (`heldBack`).
 */
import type { types as t } from '@babel/core';
import type { Expression, Node, Statement } from '../build.ts';
import { assign, declare, id } from '../build.ts';
import type { Scope } from '../scope.ts';

/** The functions that a body declares at its top. */
export const functionNames = (body: readonly Node[]): Set<string> =>
  new Set(body.flatMap((node) => (node.type === 'FunctionDeclaration' && node.id ? [node.id.name] : [])));

const SKIP = /Function|Method|Class|Expression$|^TS/;

/** Is there a function in a nested block with one of the names? In sloppy code it is assigned to the outer one. */
export const declaresFunction = (body: readonly Node[], names: ReadonlySet<string>): boolean =>
  body.some((node) => node.type !== 'FunctionDeclaration' && some(node, (inner) => isFunction(inner, names)));

const isFunction = (node: Node, names: ReadonlySet<string>): boolean =>
  node.type === 'FunctionDeclaration' && names.has(node.id?.name ?? '');

const isVar = (node: Node, names: ReadonlySet<string>): boolean =>
  node.type === 'VariableDeclaration' &&
  node.kind === 'var' &&
  node.declarations.some((item) => namesIn(item.id).some((name) => names.has(name)));

/** A statement in `node`, itself or nested, that passes the test. */
function some(node: Node, test: (node: Node) => boolean): boolean {
  if (test(node)) return true;
  if (SKIP.test(node.type)) return false;
  return Object.values(node)
    .flat()
    .some((child) => child && typeof child.type === 'string' && some(child as Node, test));
}

/** Makes the statements of a body fit for a block in which `names` are bound like `let`. */
export function fitForBlock(list: Statement[], names: ReadonlySet<string>, local: () => string): Statement[] {
  const lasting = new Map<string, Node>();
  for (const node of list)
    if (node.type === 'FunctionDeclaration' && node.id) lasting.set(node.id.name, node);
  const single = list.map((node) =>
    node.type === 'FunctionDeclaration' && node.id && lasting.get(node.id.name) !== node ? empty() : node,
  );
  return withoutVar(single, names, local);
}

/** `list`, in which no `var` has one of the names. */
function withoutVar(list: Statement[], names: ReadonlySet<string>, local: () => string): Statement[] {
  if (!list.some((node) => some(node, (inner) => isVar(inner, names)))) return list;
  const others: string[] = [];
  const replaced = (node: Node, key: string): Node | null => {
    if (!isVar(node, names)) {
      if (!SKIP.test(node.type)) within(node);
      return node;
    }
    const { declarations } = node as t.VariableDeclaration;
    if (key === 'left') {
      others.push(...namesIn(declarations[0]!.id));
      return declarations[0]!.id;
    }
    const kept = declarations.flatMap((item) => {
      const bound = namesIn(item.id);
      if (!bound.some((name) => names.has(name))) return [item];
      others.push(...bound);
      if (!item.init) return [];
      // a declaration has no completion value
      return declare('var', [[id(local()), assigned(item.id, item.init)]]).declarations;
    });
    if (kept.length > 0) return Object.assign(node, { declarations: kept });
    return key === 'init' ? null : empty();
  };
  const within = (node: Node): void => {
    const record = node as unknown as Record<string, unknown>;
    for (const [key, child] of Object.entries(record)) {
      if (key === 'loc' || key.endsWith('omments')) continue;
      if (Array.isArray(child))
        record[key] = child.map((item) => (isNode(item) ? replaced(item, key) : item));
      else if (isNode(child)) record[key] = replaced(child, key);
    }
  };
  const result = list.map((node) => replaced(node, 'body') as Statement);
  const rest = [...new Set(others)].filter((name) => !names.has(name));
  return rest.length === 0
    ? result
    : [
        ...result,
        declare(
          'var',
          rest.map((name) => [id(name), null]),
        ),
      ];
}

/** Code of a direct `eval` in a function whose `names` are bound by a block: they are assigned, not declared. */
export function heldBack(list: Statement[], names: ReadonlySet<string>, local: () => string): Statement[] {
  const made: Statement[] = [];
  const rest = list.flatMap((node): Statement[] => {
    if (!isFunction(node, names)) return [node];
    const { id: name, ...parts } = node as t.FunctionDeclaration;
    const value = { ...parts, type: 'FunctionExpression', id: null } as unknown as Expression;
    made.push(declare('var', [[id(local()), assigned(name!, value)]]));
    return [];
  });
  return [...made, ...withoutVar(rest, names, local)];
}

/** `h = function () {…}`, which takes the name as it did */
const assigned = (target: Node, value: Expression): Expression => ({
  ...assign(target, id('')),
  right: value,
});

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const empty = (): Statement => ({ type: 'EmptyStatement' }) as t.EmptyStatement;

/** Is the code of `scope` strict? */
export function isStrict(scope: Scope, module: boolean): boolean {
  const { node, parent } = scope;
  if (/^Class|^StaticBlock$/.test(node.type)) return true;
  const { directives } = (node.type === 'Program' ? node : ((node as t.Function).body ?? {})) as t.Program;
  if (directives?.some(({ value }) => value.value === 'use strict')) return true;
  return parent ? isStrict(parent, module) : module;
}

/** The names that a pattern binds. */
export function namesIn(node: Node): string[] {
  switch (node.type) {
    case 'Identifier':
      return [node.name];
    case 'AssignmentPattern':
      return namesIn(node.left);
    case 'RestElement':
      return namesIn(node.argument);
    case 'ArrayPattern':
      return node.elements.flatMap((item) => (item ? namesIn(item) : []));
    case 'ObjectPattern':
      return node.properties.flatMap((item) =>
        namesIn(item.type === 'RestElement' ? item.argument : item.value),
      );
    default:
      return [];
  }
}
