/**
 * What can be said of a program before any rewrite: its scopes and names, and which code holds calls. One walk
 * over the untouched tree, so that each later question is a look-up.
 */
import type { types as t } from '@babel/core';
import type { Node } from './build.ts';
import { isMention } from './filter.ts';
import { GLOBALS, isPureCall } from './natives.ts';
import { type PureFunction, pureFunctions } from './pure-functions.ts';
import { type BindingKind, FUNCTIONS, find, PRIMITIVE, Scope, UNKNOWN, type Value } from './scope.ts';
import { isTypeOnly } from './types.ts';

/** What code does, apart from the functions inside it, that bears on the frame of the function around it. */
export const CALLS = 1;
export const SUSPENDS = 2;
const MENTIONS = 4;
const EVALS = 8;
/** an array pattern whose source is not known yet */
const ITERATES = 16;

export interface Analysis {
  scopes: Map<Node, Scope>;
  /** bits of CALLS and SUSPENDS; absent is 0 */
  effects: Map<Node, number>;
  /** every name in the program, so that a new one can be found */
  names: Set<string>;
  /** functions and classes that are instrumented already, or the program */
  foreign: Set<Node>;
  keys: Record<string, string[]>;
  hasDecorators: boolean;
  /** functions that only compute */
  pure: Map<Node, PureFunction>;
}

const FIELDS = new Set(['ClassProperty', 'ClassPrivateProperty', 'ClassAccessorProperty']);
const FOREIGN = /^(Program|Class(Declaration|Expression|Method|PrivateMethod)|.*Function.*|ObjectMethod)$/;
const BLOCKS = new Set([
  'BlockStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'SwitchStatement',
  'CatchClause',
  'ClassDeclaration',
  'ClassExpression',
  'TSModuleBlock',
  'TSEnumDeclaration',
]);

/** An array, a string or a list of keys made on the spot: no view, as far as its text says. */
function isFresh(node: Node): boolean {
  const { type } = node;
  if (type === 'ArrayExpression' || type === 'StringLiteral' || type === 'TemplateLiteral') return true;
  if (type !== 'CallExpression') return false;
  const { callee } = node as t.CallExpression;
  return (
    callee.type === 'MemberExpression' &&
    callee.object.type === 'Identifier' &&
    callee.object.name === 'Object' &&
    callee.property.type === 'Identifier' &&
    /^(keys|values|entries)$/.test(callee.property.name)
  );
}

/** An element of an array pattern that is no pattern itself. */
const isFlat = (node: Node): boolean =>
  node.type === 'AssignmentPattern' ? isFlat(node.left) : !/Pattern$|^RestElement$/.test(node.type);

interface Write {
  scope: Scope;
  name: string;
  value: Value;
}

class Analyser {
  readonly scopes = new Map<Node, Scope>();
  readonly effects = new Map<Node, number>();
  readonly names = new Set<string>();
  readonly foreign = new Set<Node>();
  readonly writes: Write[] = [];
  readonly keys: Record<string, string[]>;
  readonly shadowed: Set<string>;
  hasDecorators = false;
  scope!: Scope;

  constructor(keys: Record<string, string[]>, shadowed: Set<string>) {
    this.keys = keys;
    this.shadowed = shadowed;
  }

  walk(node: Node): number {
    const { type } = node;
    if (type === 'Identifier' || type === 'JSXIdentifier') {
      this.names.add(node.name);
      return isMention(node.name) ? MENTIONS : 0;
    }
    if (isTypeOnly(node)) return 0;
    const outer = this.scope;
    const scoped =
      FUNCTIONS.has(type) || BLOCKS.has(type) || type === 'StaticBlock' || type === 'WithStatement';
    if (
      scoped &&
      !(
        type === 'BlockStatement' &&
        FUNCTIONS.has(outer.node.type) &&
        (outer.node as t.Function).body === node
      )
    ) {
      this.scope = new Scope(node, outer);
      this.scopes.set(node, this.scope);
      if (type === 'WithStatement') this.scope.dynamic = true;
    }
    this.#declare(node, outer);
    let bits = this.#children(node);
    this.scope = outer;
    bits = this.#iterates(node, bits | this.#own(node));
    if (bits & EVALS) for (let s: Scope | null = this.scope; s; s = s.parent) s.dynamic = true;
    bits &= ~EVALS;
    if (bits & MENTIONS && FOREIGN.test(type)) {
      this.foreign.add(node);
      bits &= ~MENTIONS;
    }
    if (FUNCTIONS.has(type) || FIELDS.has(type) || type === 'StaticBlock') bits = this.#outside(node, bits);
    const seen = bits & (CALLS | SUSPENDS);
    if (seen !== 0) this.effects.set(node, seen);
    return bits;
  }

  /** What of a function, field or static block runs where it stands: its computed key and decorators. */
  #outside(node: Node, inside: number): number {
    const { computed, key, decorators } = node as t.ClassMethod;
    const isField = FIELDS.has(node.type);
    let bits = isField || node.type === 'StaticBlock' ? inside & MENTIONS : 0;
    // A static part runs with the class definition, as if the definition called it.
    if (node.type === 'StaticBlock' || (isField && (node as t.ClassProperty).static)) bits |= inside & CALLS;
    if (computed && key) bits |= this.effects.get(key) ?? 0;
    for (const decorator of decorators ?? []) bits |= this.effects.get(decorator) ?? 0;
    return bits;
  }

  #children(node: Node): number {
    let bits = 0;
    for (const key of this.keys[node.type] ?? []) {
      const child = (node as unknown as Record<string, unknown>)[key];
      if (Array.isArray(child)) {
        for (const item of child) if (item) bits |= this.walk(item as Node);
      } else if (child) {
        if (
          (key === 'key' || key === 'property') &&
          (child as Node).type === 'Identifier' &&
          !(node as t.MemberExpression).computed
        )
          continue;
        bits |= this.walk(child as Node);
      }
    }
    return bits;
  }

  #own(node: Node): number {
    switch (node.type) {
      case 'CallExpression':
      case 'OptionalCallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') return CALLS | EVALS;
        return isPureCall(node, this.shadowed) ? 0 : CALLS;
      case 'NewExpression':
        return isPureCall(node, this.shadowed) ? 0 : CALLS;
      case 'TaggedTemplateExpression':
      case 'ImportExpression':
        return CALLS;
      case 'Decorator':
      case 'ClassAccessorProperty':
        this.hasDecorators = true;
        return 0;
      case 'AwaitExpression':
      case 'YieldExpression':
        return SUSPENDS;
      case 'ForOfStatement':
        return node.await ? SUSPENDS : 0;
      case 'VariableDeclaration':
        return node.kind === 'await using' ? SUSPENDS : 0;
      default:
        return 0;
    }
  }

  /** An iteration is a call of `next` (rewrite/iteration.ts), unless it surely reads no view. */
  #iterates(node: Node, bits: number): number {
    switch (node.type) {
      case 'ArrayPattern':
        return bits | ITERATES;
      case 'ForOfStatement':
        return (bits & ITERATES || !isFresh(node.right) ? bits | CALLS : bits) & ~ITERATES;
      case 'ArrayExpression':
        return node.elements.some((item) => item?.type === 'SpreadElement' && !isFresh(item.argument))
          ? bits | CALLS
          : bits;
      case 'VariableDeclarator':
      case 'AssignmentExpression': {
        if (!(bits & ITERATES)) return bits;
        const [left, right] =
          node.type === 'VariableDeclarator' ? [node.id, node.init] : [node.left, node.right];
        const flat = left.type === 'ArrayPattern' && !left.elements.some((item) => item && !isFlat(item));
        return (flat && right?.type === 'ArrayExpression' ? bits : bits | CALLS) & ~ITERATES;
      }
      case 'CatchClause':
        return bits & ~ITERATES;
      default:
        return bits;
    }
  }

  bind(name: string, kind: BindingKind, scope: Scope, start: number, value?: Value): void {
    const existing = scope.bindings.get(name);
    if (existing) {
      existing.written = true;
      if (kind !== 'var') existing.values.push(UNKNOWN);
      if (value) existing.values.push(value);
      return;
    }
    scope.bindings.set(name, {
      kind,
      start,
      owner: scope.owner,
      values: value ? [value] : [],
      written: false,
    });
  }

  pattern(node: Node, visit: (name: string, rest: boolean) => void, rest = false): void {
    switch (node.type) {
      case 'Identifier':
        visit(node.name, rest);
        return;
      case 'AssignmentPattern':
        this.pattern(node.left, visit);
        return;
      case 'RestElement':
        this.pattern(node.argument, visit, node.argument.type === 'Identifier');
        return;
      case 'ArrayPattern':
        for (const item of node.elements) if (item) this.pattern(item, visit);
        return;
      case 'ObjectPattern':
        for (const item of node.properties)
          this.pattern(item.type === 'RestElement' ? item.argument : item.value, visit);
        return;
      case 'TSParameterProperty':
        this.pattern(node.parameter, visit);
        return;
      default:
        return;
    }
  }

  #declare(node: Node, outer: Scope): void {
    const start = node.start ?? 0;
    switch (node.type) {
      case 'VariableDeclaration': {
        const kind = node.kind === 'var' || node.kind === 'let' ? node.kind : 'const';
        const scope = kind === 'var' ? this.scope.owner : this.scope;
        for (const { id, init } of node.declarations) {
          if (id.type === 'Identifier') this.bind(id.name, kind, scope, start, init ?? undefined);
          else this.pattern(id, (name) => this.bind(name, kind, scope, start, UNKNOWN));
        }
        return;
      }
      case 'FunctionDeclaration':
        if (node.id) this.bind(node.id.name, 'function', outer, 0, node);
        if (node.id && outer !== outer.owner) this.bind(node.id.name, 'var', outer.owner, 0, UNKNOWN);
        this.#params(node);
        return;
      case 'FunctionExpression':
        if (node.id) this.bind(node.id.name, 'function', this.scope, 0, UNKNOWN);
        this.#params(node);
        return;
      case 'ArrowFunctionExpression':
      case 'ObjectMethod':
      case 'ClassMethod':
      case 'ClassPrivateMethod':
        this.#params(node);
        return;
      case 'ClassDeclaration':
        if (node.id) this.bind(node.id.name, 'class', outer, start, node);
        return;
      case 'ClassExpression':
        if (node.id) this.bind(node.id.name, 'class', this.scope, start, node);
        return;
      case 'CatchClause':
        if (node.param) this.pattern(node.param, (name) => this.bind(name, 'catch', this.scope, 0, UNKNOWN));
        return;
      case 'ImportSpecifier':
      case 'ImportDefaultSpecifier':
      case 'ImportNamespaceSpecifier':
        this.bind(node.local.name, 'import', this.scope, 0, UNKNOWN);
        return;
      case 'TSImportEqualsDeclaration':
        this.bind(node.id.name, 'import', this.scope, 0, UNKNOWN);
        return;
      case 'TSEnumDeclaration':
        this.bind(node.id.name, 'var', outer, 0, UNKNOWN);
        return;
      case 'TSModuleDeclaration':
        if (node.id.type === 'Identifier') this.bind(node.id.name, 'var', outer, 0, UNKNOWN);
        return;
      case 'ForOfStatement':
      case 'ForInStatement': {
        const value = node.type === 'ForInStatement' ? PRIMITIVE : UNKNOWN;
        if (node.left.type !== 'VariableDeclaration') this.#assigned(node.left, value);
        else {
          const { kind, declarations } = node.left;
          const scope = kind === 'var' ? this.scope.owner : this.scope;
          const simple = declarations[0]?.id;
          if (simple?.type === 'Identifier')
            this.bind(simple.name, kind === 'var' || kind === 'let' ? kind : 'const', scope, start, value);
        }
        return;
      }
      case 'AssignmentExpression': {
        const { operator, left, right } = node;
        const passes = operator === '=' || operator === '||=' || operator === '&&=' || operator === '??=';
        this.#assigned(left, passes ? right : PRIMITIVE);
        return;
      }
      case 'UpdateExpression':
        this.#assigned(node.argument, PRIMITIVE);
        return;
      default:
        return;
    }
  }

  #params(node: t.Function): void {
    for (const param of node.params) {
      this.pattern(param, (name, rest) =>
        this.bind(
          name,
          rest && param.type === 'RestElement' ? 'rest' : 'param',
          this.scope,
          0,
          rest && param.type === 'RestElement' ? param : UNKNOWN,
        ),
      );
    }
  }

  #assigned(target: Node, value: Value): void {
    let left = target;
    while (left.type.startsWith('TS') && 'expression' in left) left = (left as t.TSAsExpression).expression;
    if (left.type === 'Identifier') this.writes.push({ scope: this.scope, name: left.name, value });
    else this.pattern(left, (name) => this.writes.push({ scope: this.scope, name, value: UNKNOWN }));
  }
}

export function analyse(program: t.Program, keys: Record<string, string[]>): Analysis {
  let analyser = run(program, keys, new Set());
  const declared = new Set<string>();
  for (const scope of analyser.scopes.values()) for (const name of scope.bindings.keys()) declared.add(name);
  const shadowed = GLOBALS.filter((name) => declared.has(name));
  if (shadowed.length > 0) analyser = run(program, keys, new Set(shadowed));
  for (const { scope, name, value } of analyser.writes) {
    const binding = find(name, scope)?.binding;
    if (!binding) continue;
    binding.written = true;
    binding.values.push(value);
  }
  return Object.assign(analyser, { pure: pureFunctions(analyser.scopes) });
}

function run(program: t.Program, keys: Record<string, string[]>, shadowed: Set<string>): Analyser {
  const analyser = new Analyser(keys, shadowed);
  analyser.scope = new Scope(program, null);
  analyser.scopes.set(program, analyser.scope);
  analyser.walk(program);
  return analyser;
}
