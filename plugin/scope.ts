/**
 * Names and what is known of their values. A binding lists every expression ever assigned to it. `UNKNOWN` stands
 * for a value nobody can know (a parameter, a pattern), `PRIMITIVE` for one that is surely no object (`i++`,
 * `x += 1`, `for (k in o)`). Code that can see names come and go (`with`, direct `eval`) makes the names it
 * sees unknown.
 */
import type { Node } from './build.ts';

export const UNKNOWN = 'unknown';
export const PRIMITIVE = 'primitive';
export type Value = Node | typeof UNKNOWN | typeof PRIMITIVE;

export type BindingKind =
  | 'param'
  | 'rest'
  | 'var'
  | 'let'
  | 'const'
  | 'function'
  | 'class'
  | 'import'
  | 'catch';

export interface Binding {
  kind: BindingKind;
  /** start of the declaration, to tell a use that may come before it */
  start: number;
  /** the function (or program) whose activation holds it */
  owner: Scope;
  values: Value[];
  /** assigned after its declaration */
  written: boolean;
}

export class Scope {
  readonly bindings: Map<string, Binding> = new Map();
  readonly node: Node;
  readonly parent: Scope | null;
  /** `with`, or a direct eval: names found here or beyond may be others at run time */
  dynamic = false;
  constructor(node: Node, parent: Scope | null) {
    this.node = node;
    this.parent = parent;
  }

  get owner(): Scope {
    return isOwner(this.node) || !this.parent ? this : this.parent.owner;
  }
}

export const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ObjectMethod',
  'ClassMethod',
  'ClassPrivateMethod',
]);
const isOwner = (node: Node): boolean =>
  FUNCTIONS.has(node.type) ||
  node.type === 'Program' ||
  node.type === 'StaticBlock' ||
  node.type === 'TSModuleBlock';

/** The binding that `name` means in `scope`. `certain` is false where `with` or `eval` may have the last word. */
export function find(name: string, scope: Scope): { binding: Binding; certain: boolean } | undefined {
  let certain = true;
  for (let s: Scope | null = scope; s; s = s.parent) {
    if (s.dynamic) certain = false;
    const binding = s.bindings.get(name);
    if (binding) return { binding, certain };
  }
  return undefined;
}
