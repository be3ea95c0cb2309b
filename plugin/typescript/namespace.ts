/**
 * `export let x` in a namespace is no variable but a property of the namespace, as tsc has it: the declaration
 * becomes an assignment and every `x` that means it `NS.x`. Babel refuses these, and does the rest.
 */
import type { types as t } from '@babel/core';
import { analyse } from '../analysis.ts';
import type { Expression, Node, Statement } from '../build.ts';
import { assign, at, id, member, num, sequence, statement } from '../build.ts';
import type { Scope } from '../scope.ts';
import { isTypeOnly } from '../types.ts';

type Keys = Record<string, string[]>;
type Replace = (made: Node) => void;

/** A namespace: its name, and the variables that it exports, in whichever block. */
interface Namespace {
  name: string;
  exported: Set<string>;
}

export function lowerNamespaces(program: t.Program, keys: Keys): void {
  const blocks = new Map<Node, Namespace>();
  if (!collect(program.body, blocks)) return;
  const { scopes } = analyse(program, keys);
  const walker = new Walker(blocks, scopes, keys);
  walker.visit(program, scopes.get(program)!, () => {});
}

/** Finds the namespaces of a list; is any of their exports a `let` or `var`? */
function collect(list: Statement[], blocks: Map<Node, Namespace>): boolean {
  const known = new Map<string, Namespace>();
  let any = false;
  for (const node of list) {
    const found = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    if (found?.type !== 'TSModuleDeclaration' || found.declare || found.id.type !== 'Identifier') continue;
    const { name } = found.id;
    const namespace = known.get(name) ?? { name, exported: new Set() };
    known.set(name, namespace);
    const body = found.body as Node;
    if (body.type !== 'TSModuleBlock') continue;
    blocks.set(body, namespace);
    for (const part of body.body) {
      const declaration = exportedVariable(part);
      if (!declaration) continue;
      any = true;
      for (const item of declaration.declarations) names(item.id, namespace.exported);
    }
    any = collect(body.body, blocks) || any;
  }
  return any;
}

function exportedVariable(node: Statement): t.VariableDeclaration | null {
  if (node.type !== 'ExportNamedDeclaration' || node.declaration?.type !== 'VariableDeclaration') return null;
  const { declaration } = node;
  return declaration.declare || (declaration.kind !== 'let' && declaration.kind !== 'var')
    ? null
    : declaration;
}

function names(node: Node, into: Set<string>): void {
  if (node.type === 'Identifier') into.add(node.name);
  else if (node.type === 'AssignmentPattern') names(node.left, into);
  else if (node.type === 'RestElement') names(node.argument, into);
  else if (node.type === 'ArrayPattern') for (const item of node.elements) item && names(item, into);
  else if (node.type === 'ObjectPattern')
    for (const item of node.properties) names(item.type === 'RestElement' ? item : item.value, into);
}

class Walker {
  readonly #blocks: Map<Node, Namespace>;
  readonly #scopes: Map<Node, Scope>;
  readonly #keys: Keys;

  constructor(blocks: Map<Node, Namespace>, scopes: Map<Node, Scope>, keys: Keys) {
    this.#blocks = blocks;
    this.#scopes = scopes;
    this.#keys = keys;
  }

  visit(node: Node, outer: Scope, replace: Replace): void {
    if (isTypeOnly(node)) return;
    const scope = this.#scopes.get(node) ?? outer;
    if (node.type === 'Identifier') {
      const found = this.#meaning(node.name, scope);
      if (found) replace(at(node, member(id(found), node.name)));
      return;
    }
    if (node.type === 'TSModuleBlock') node.body = node.body.flatMap((part) => assignment(part));
    const record = node as unknown as Record<string, unknown>;
    for (const key of this.#keys[node.type] ?? []) {
      if (isName(node, key)) continue;
      const child = record[key];
      if (Array.isArray(child)) {
        child.forEach((item, i) => {
          if (item)
            this.visit(item as Node, scope, (made) => {
              child[i] = made;
            });
        });
      } else if (child) {
        this.visit(child as Node, scope, (made) => {
          record[key] = key === 'callee' ? sequence([num(0), made as Expression]) : made;
          if (node.type === 'ObjectProperty') node.shorthand = false;
        });
      }
    }
  }

  /** The namespace whose property `name` is, seen from `scope`. */
  #meaning(name: string, scope: Scope): string | null {
    for (let s: Scope | null = scope; s; s = s.parent) {
      const namespace = this.#blocks.get(s.node);
      if (namespace?.exported.has(name)) return namespace.name;
      if (s.bindings.has(name)) return null;
    }
    return null;
  }
}

/** `export let x = 1, y` → `x = 1`, whose target the walk then finds. */
function assignment(node: Statement): Statement[] {
  const declaration = exportedVariable(node);
  if (!declaration) return [node];
  return declaration.declarations.flatMap((item) =>
    item.init ? [at(item, statement(at(item, assign(stripped(item.id), item.init))))] : [],
  );
}

function stripped(node: t.LVal | t.VoidPattern): Node {
  return { ...node, typeAnnotation: null } as Node;
}

/** A child that is a name but means no variable. */
function isName(node: Node, key: string): boolean {
  switch (key) {
    case 'property':
      return node.type.includes('MemberExpression') && !(node as t.MemberExpression).computed;
    case 'key':
      return !(node as t.ObjectProperty).computed;
    case 'label':
    case 'id':
      return node.type !== 'VariableDeclarator' || node.id.type === 'Identifier';
    case 'params':
      return (
        node.type !== 'CatchClause' && (node as t.Function).params.every(({ type }) => type === 'Identifier')
      );
    default:
      return false;
  }
}
