/**
 * The state of one rewrite: where we are (scope, frame, statement) and the ways to go on. Rewrites receive
 * it as `r`. Visiting a node returns what stands in its place; children are visited by whoever handles the
 * node, in the order in which they are evaluated.
 */
import type { types as t } from '@babel/core';
import { GLOBAL_NAME, SiteFlag } from '../runtime/interface.ts';
import type { Analysis } from './analysis.ts';
import { CALLS } from './analysis.ts';
import type { Expression, Node, Statement } from './build.ts';
import { arrow, assign, block, call, element, id, member, sequence, statement } from './build.ts';
import { hookOf, methodOf, stampOf, suspend } from './hooks.ts';
import { keyName } from './names.ts';
import type { Binding, Scope } from './scope.ts';
import { anchor, type SiteOwner, type Sites, siteLiteral } from './sites.ts';
import { isTypeOnly, unwrap } from './types.ts';
import { TABLE } from './visitor.ts';

const FUNCTION = /^(Function|Class|ArrowFunction)Expression$/;

/** The activation that code runs in: a function, a field's initialiser, a static block, the program. */
export interface Frame extends SiteOwner {
  /** name of the variable that holds its depth; `null`: it is `__tsrace.d` (nothing may be declared) */
  depth: string | null;
  temps: string[];
  /** the names of the hooks in its loops */
  hot: t.Identifier[];
  async: boolean;
  generator: boolean;
  /** it may be suspended, and others call then */
  resumed: boolean;
  /** the same, and its frame goes meanwhile */
  suspends: boolean;
  /** code may be put before and after a statement */
  statements: boolean;
  /** no frame can be pushed here, so no call stores its site */
  silent: boolean;
  /** without a `finally`: each return restores the depth */
  restoreAtReturn: boolean;
  /** functions that a block binds although they are hoisted: code for `eval` must not declare them again */
  held: ReadonlySet<string> | null;
}

/** A loop around the current statement; `again` stores the site of its next step. */
export interface Loop {
  labels: string[];
  again: (() => Expression) | null;
}

/** What calls: a class definition calls its static parts. */
type Calling =
  | t.CallExpression
  | t.OptionalCallExpression
  | t.NewExpression
  | t.TaggedTemplateExpression
  | t.ImportExpression
  | t.Class;

function calleeOf(node: Calling): Node | null {
  if (node.type === 'TaggedTemplateExpression') return node.tag;
  return 'callee' in node ? node.callee : null;
}

export interface Options {
  analysis: Analysis;
  sites: Sites;
  ignored: Set<number>;
  sourceType: 'module' | 'commonjs' | 'script';
  /** each statement of the user's stands once in what is made, so that it can be counted */
  countable: boolean;
}

export class Rewriter {
  readonly analysis: Analysis;
  readonly sites: Sites;
  readonly options: Options;
  readonly depthName: string;
  scope!: Scope;
  frame!: Frame;
  /** what goes before the current statement, and after it */
  before: Statement[] = [];
  after: Statement[] = [];
  /** nothing in the current statement so far can have made a call: a call's site may be stored before it */
  head = false;
  /** what the next function is, where its place says more than it does itself */
  hint: { name?: string; implicit?: boolean } = {};
  className = '';
  /** the name that the class around extends */
  superClass: { name: t.Identifier; binding: Binding | undefined } | undefined;
  /** loops of the current activation, innermost last */
  loops: Loop[] = [];
  /** a loop that seldom runs: it stands beside another one that does the same */
  cold = false;
  /** in a quiet loop (rewrite/quiet-loop.ts): name of a view → temporary that holds its stamp */
  stamps: ReadonlyMap<string, string> = new Map();
  /** in a nest that is not steady as one */
  nested = false;
  /** labels of the statement that comes next */
  labels: string[] = [];
  /** inside `export const …` */
  exporting = false;
  /** the `await` or `yield` that is the whole argument of a `return`, or the last thing a statement does */
  tail: Node | null = null;
  trailing: Node | null = null;
  /** an expression whose value nobody sees */
  unused: Node | null = null;
  /** in the callee of a call, whose text a message may show: sites of calls in it go into arguments */
  spelling = false;
  #counter = 0;

  constructor(options: Options) {
    this.options = options;
    this.analysis = options.analysis;
    this.sites = options.sites;
    this.depthName = this.#fresh('_d', false);
  }

  #fresh(prefix: string, numbered: boolean): string {
    for (;;) {
      const name = numbered || this.#counter > 0 ? `${prefix}${++this.#counter}` : prefix;
      if (!this.analysis.names.has(name)) return name;
      if (!numbered) this.#counter++;
    }
  }

  /** A new temporary of the current frame. */
  temp(letter: string): string {
    const name = this.local(letter);
    this.frame.temps.push(name);
    return name;
  }

  /** A name that is nobody's. */
  local(letter: string): string {
    return this.#fresh(`_${letter}`, true);
  }

  visit<T extends Node>(node: T): T {
    if (isTypeOnly(node) || this.analysis.foreign.has(node)) return node;
    const scope = this.analysis.scopes.get(node);
    if (!scope) return this.#dispatch(node);
    const outer = this.scope;
    this.scope = scope;
    const result = this.#dispatch(node);
    this.scope = outer;
    return result;
  }

  #dispatch<T extends Node>(node: T): T {
    const handler = TABLE[node.type] as ((node: Node, r: Rewriter) => Node | undefined) | undefined;
    if (!handler) {
      this.children(node);
      return node;
    }
    const { temps, depth } = this.frame;
    const count = temps.length;
    const result = (handler(node, this) ?? node) as T;
    // A script must not leave names behind: its temporaries are parameters of a function called at once.
    if (depth !== null || temps.length === count || !node.type.endsWith('Expression')) return result;
    return call(arrow(temps.splice(count), result as unknown as Expression)) as unknown as T;
  }

  /** Visits all children in place. */
  children(node: Node): void {
    const record = node as unknown as Record<string, unknown>;
    for (const key of this.analysis.keys[node.type] ?? []) {
      const child = record[key];
      if (Array.isArray(child)) {
        for (let i = 0; i < child.length; i++) if (child[i]) child[i] = this.visit(child[i] as Node);
      } else if (child) record[key] = this.visit(child as Node);
    }
  }

  effects(...nodes: (Node | null | undefined)[]): number {
    let bits = 0;
    for (const node of nodes) if (node) bits |= this.analysis.effects.get(node) ?? 0;
    return bits;
  }

  /** Statements in a list: each may get others before and after it. */
  list(body: Statement[]): Statement[] {
    return body.flatMap((node) => this.#statement(node));
  }

  /** A statement that stands alone (`if (x) f()`); becomes a block when it needs company. */
  single(node: Statement): Statement {
    const parts = this.#statement(node);
    return parts.length === 1 ? parts[0]! : block(parts);
  }

  #statement(node: Statement): Statement[] {
    const { before, after, head } = this;
    this.before = [];
    this.after = [];
    this.head = this.frame.statements;
    const visited = this.visit(node);
    const parts = [...this.before, visited, ...this.after];
    this.before = before;
    this.after = after;
    this.head = head;
    return parts;
  }

  /** Runs `work` in code that does not run where it stands, or not once: no site may be stored before it. */
  apart<T>(work: () => T): T {
    const { head } = this;
    this.head = false;
    const result = work();
    this.head = head;
    return result;
  }

  depth(): Expression {
    return this.frame.depth === null ? member(id(GLOBAL_NAME), 'd') : id(this.frame.depth);
  }

  /** `__tsrace.s[_d] = SITE` for a call */
  store(node: Calling): Expression {
    const callee = calleeOf(node);
    const at = callee && node.type !== 'NewExpression' ? anchor(callee as Expression) : node.loc?.start;
    const text = callee ? this.sites.text(callee) : node.type === 'ImportExpression' ? 'import' : 'class';
    const site = this.sites.add(at, text, this.frame, SiteFlag.CALL);
    return this.#note(site);
  }

  /** The same for the iteration of `source`, each time it is asked for. */
  iteration(source: Expression): () => Expression {
    const site = this.sites.add(anchor(source), this.sites.text(source), this.frame, 0);
    return () => this.#note(site);
  }

  #note(site: number): Expression {
    return assign(element(member(id(GLOBAL_NAME), 's'), this.depth()), siteLiteral(site));
  }

  /** The hook of an access through `view`. */
  hook(method: Parameters<typeof hookOf>[0], view: Expression, args: Expression[]): Expression {
    const stamp = view.type === 'Identifier' ? this.stamps.get(view.name) : undefined;
    return hookOf(method, stamp === undefined ? stampOf(view) : id(stamp), args);
  }

  /** Code here may run more than once in an activation whose callers stay the same. */
  get repeats(): boolean {
    return this.loops.length > 0 && this.frame.depth !== null && !this.frame.resumed;
  }

  /** The hook of an access to element `key`. Where it comes again, it is given the way that it came. */
  elementHook(method: 'r' | 'w' | 'u', view: Expression, key: Expression, site: Expression): Expression {
    if (!this.repeats) return this.hook(method, view, [key, site]);
    const way = this.temp('w');
    const hooked = this.hook(method, view, [key, site, id(way)]);
    if (!this.cold) this.frame.hot.push(methodOf(hooked));
    return assign(id(way), hooked);
  }

  /** The site of an access through `object`; a literal each time it is asked for. */
  access(node: Expression, object: Node, flags = 0): () => Expression {
    const site = this.sites.add(anchor(node), this.sites.text(object), this.frame, flags);
    return () => siteLiteral(site);
  }

  /** Is a call's site stored before the statement? Only the first call of a statement may. */
  hoist(store: Expression): boolean {
    if (!this.head) return false;
    this.head = false;
    this.before.push(statement(store));
    return true;
  }

  /** The frame goes: before `await` and `yield`. */
  suspension(): Expression[] {
    return this.frame.depth === null ? [] : suspend(this.frame.depth);
  }

  /** `value`, with `effects` after it is evaluated. */
  around(value: Expression, effects: Expression[]): Expression {
    if (value.type === 'Identifier' || value.type === 'ThisExpression' || value.type.endsWith('Literal')) {
      if (value.type !== 'TemplateLiteral') return sequence([...effects, value]);
    }
    const name = this.temp('y');
    return sequence([assign(id(name), value), ...effects, id(name)]);
  }

  visitDecorators(node: Node): void {
    const { decorators } = node as t.ClassMethod;
    if (decorators) for (let i = 0; i < decorators.length; i++) decorators[i] = this.visit(decorators[i]!);
  }

  /** If `value` is a function without a name, it takes that of `target`. */
  named(target: Node, value: Node, implicit = false): void {
    const inner = unwrap(value);
    if (!FUNCTION.test(inner.type)) return;
    const name = target.type === 'MemberExpression' ? keyName(target.property) : keyName(target);
    this.hint = name ? { name, implicit } : { implicit };
  }

  get isCommonJs(): boolean {
    return this.options.sourceType === 'commonjs';
  }

  isIgnored(node: Node): boolean {
    return node.loc ? this.options.ignored.has(node.loc.start.line) : false;
  }

  calls(node: Node): boolean {
    return (this.effects(node) & CALLS) !== 0;
  }
}
