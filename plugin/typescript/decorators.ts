/**
 * Legacy decorators as tsc lowers them: all run after the class is defined, members first, then static ones,
 * then the class, whose name then means what its decorators returned.
 */
import { type types as t, template } from '@babel/core';
import type { Expression, Statement } from '../build.ts';
import {
  array,
  assign,
  at,
  call,
  declare,
  exportNames,
  id,
  member,
  nul,
  num,
  self,
  statement,
  staticBlockOf,
  str,
  undef,
} from '../build.ts';
import { Metadata } from './metadata.ts';

const HELPERS = {
  decorate: `function NAME(decorators, target, key, desc) {
    var c = arguments.length, r = c < 3 ? target : desc === null ? desc = Object.getOwnPropertyDescriptor(target, key) : desc, d;
    if (typeof Reflect === 'object' && typeof Reflect.decorate === 'function') r = Reflect.decorate(decorators, target, key, desc);
    else for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : c > 3 ? d(target, key, r) : d(target, key)) || r;
    return c > 3 && r && Object.defineProperty(target, key, r), r;
  }`,
  param: `function NAME(index, decorator) {
    return function (target, key) { decorator(target, key, index); };
  }`,
  metadata: `function NAME(k, v) {
    if (typeof Reflect === 'object' && typeof Reflect.metadata === 'function') return Reflect.metadata(k, v);
  }`,
} as const;

type Helper = keyof typeof HELPERS;
type Decorated = t.ClassMethod | t.ClassProperty;

export class Decorators {
  readonly #program: t.Program;
  readonly #code: string;
  readonly #metadata: Metadata | null;
  readonly #used = new Map<Helper, string>();
  #counter = 0;

  constructor(program: t.Program, code: string, emitMetadata: boolean) {
    this.#program = program;
    this.#code = code;
    const make = (key: string, value: Expression): Expression => this.#helper('metadata', [str(key), value]);
    this.#metadata = emitMetadata ? new Metadata(program, make, (name) => this.#fresh(name)) : null;
  }

  /** Puts the helpers that were used, and the imports of metadata, at the start of the program. */
  finish(): void {
    const made = [...this.#used].map(([helper, name]) =>
      template.statement(HELPERS[helper], { placeholderPattern: /^NAME$/ })({ NAME: name }),
    );
    for (const node of made) unplaced(node);
    this.#program.body.unshift(...(this.#metadata?.imports ?? []), ...made);
  }

  lower(list: Statement[]): Statement[] {
    return list.flatMap((node) => {
      const isExport = node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration';
      const found = isExport ? node.declaration : node;
      if (found?.type !== 'ClassDeclaration' || found.declare) return [node];
      return this.#class(found, node) ?? [node];
    });
  }

  #class(node: t.ClassDeclaration, outer: Statement): Statement[] | null {
    const { body } = node.body;
    const builder = body.find(
      (part): part is t.ClassMethod => part.type === 'ClassMethod' && part.kind === 'constructor',
    );
    const own = [...decoratorsOf(node), ...(builder ? this.#parameters(builder) : [])];
    const parts = body.filter(isDecoratable);
    const before: Statement[] = [];
    const isDefault = outer.type === 'ExportDefaultDeclaration';
    const name = node.id?.name ?? this.#fresh('default_1');
    const ordered = [...parts.filter((part) => !part.static), ...parts.filter((part) => part.static)];
    const applied = ordered.flatMap((part) => this.#member(part, parts, name, before));
    if (own.length === 0 && applied.length === 0) return null;
    for (const part of body) if ('decorators' in part) part.decorators = null;
    node.decorators = null;
    if (own.length === 0) {
      node.id ??= id(name);
      return [...before, outer, ...applied];
    }
    own.push(...(this.#metadata?.ofClass(builder ?? null) ?? []));
    const decorated = at(node, assign(id(name), this.#decorate(node, own, [id(name)])));
    const tail: Statement[] = [];
    if (isDefault) tail.push(exportNames([name], ['default']));
    else if (outer.type === 'ExportNamedDeclaration') tail.push(exportNames([name]));
    return [...before, ...definition(node, name, outer), ...applied, statement(decorated), ...tail];
  }

  /** The call that decorates one member; none for a member without decorators. */
  #member(part: Decorated, all: Decorated[], name: string, before: Statement[]): Statement[] {
    const own = decoratorsOf(part);
    if (part.type === 'ClassMethod') own.push(...this.#parameters(part));
    if (own.length === 0) return [];
    own.push(...(this.#metadata?.ofMember(part, all) ?? []));
    const target = part.static ? id(name) : member(id(name), 'prototype');
    const isProperty = part.type === 'ClassProperty';
    const args = [target, this.#key(part, before), isProperty ? undef() : nul()];
    return [statement(this.#decorate(part, own, args))];
  }

  #key(part: Decorated, before: Statement[]): Expression {
    const key = part.key as Expression;
    if (!part.computed && key.type === 'Identifier') return str(key.name);
    if (key.type === 'StringLiteral' || key.type === 'NumericLiteral') return str(String(key.value));
    const name = this.#fresh('_key');
    before.push(declare('var', [[id(name), null]]));
    part.key = assign(id(name), key);
    return id(name);
  }

  #parameters(method: t.ClassMethod): Expression[] {
    return method.params.flatMap((param, i) => {
      const list = decoratorsOf(param);
      (param as { decorators?: null }).decorators = null;
      return list.map((decorator) => at(decorator, this.#helper('param', [num(i), decorator])));
    });
  }

  #decorate(node: t.Node, decorators: Expression[], args: Expression[]): Expression {
    const [first] = decorators;
    const made = this.#helper('decorate', [array(decorators), ...args]);
    // A report shows the decorator where it stands.
    const place = first?.loc ? first : node;
    at(place, made.callee as Expression);
    return at(place, made);
  }

  #helper(helper: Helper, args: Expression[]): t.CallExpression {
    let name = this.#used.get(helper);
    if (name === undefined) {
      name = this.#fresh(`__${helper}`);
      this.#used.set(helper, name);
    }
    return call(id(name), args);
  }

  #fresh(prefix: string): string {
    let name = `${prefix}_${++this.#counter}`;
    while (this.#code.includes(name)) name = `${prefix}_${++this.#counter}`;
    return name;
  }
}

const decoratorsOf = (node: t.Node): Expression[] =>
  ((node as { decorators?: t.Decorator[] | null }).decorators ?? []).map(({ expression }) => expression);

const isDecoratable = (part: t.ClassBody['body'][number]): part is Decorated =>
  (part.type === 'ClassMethod' && part.kind !== 'constructor') || part.type === 'ClassProperty';

/**
 * `let A = class {…}`: anonymous, so that `A` inside means what it means outside. Static parts run before the
 * declaration is done and find the class there all the same.
 */
function definition(node: t.ClassDeclaration, name: string, outer: Statement): Statement[] {
  const isStatic = node.body.body.some(
    (part) => part.type === 'StaticBlock' || ('static' in part && part.static && 'value' in part),
  );
  const fields = { ...node, type: 'ClassExpression', id: null } as unknown as t.ClassExpression;
  const expression = at(outer, fields);
  if (!isStatic) return [at(outer, declare('let', [[id(name), expression]]))];
  node.body.body.unshift(staticBlockOf([statement(assign(id(name), self()))]));
  // Not `assign`, which keeps the name from an anonymous class.
  const value = { ...assign(id(name), self()), right: expression };
  return [declare('let', [[id(name), null]]), at(outer, statement(at(outer, value)))];
}

/** Helpers are nobody's code: no positions. */
function unplaced(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'loc' || key === 'start' || key === 'end') delete (node as Record<string, unknown>)[key];
    else unplaced(value);
  }
}
