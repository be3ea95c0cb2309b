/**
 * Functions that only compute. Given numbers, such a function runs no code but its own and that of others like it,
 * throws nothing, comes to an end, and touches nothing that is not its own, but for constants that are numbers.
 * What it returns is a number, a boolean or undefined: using it runs no code either. So a loop that calls it
 * is as quiet as one that does not (rewrite/quiet.ts).
 */
import type { types as t } from '@babel/core';
import type { Node } from './build.ts';
import { type Change, CountedLoops, changeOf, constantOf, isLiteral } from './counted-loops.ts';
import { ARITHMETIC, bindingOf } from './facts.ts';
import { isMathFunction } from './natives.ts';
import { type Binding, FUNCTIONS, find, type Scope } from './scope.ts';
import { isTypeOnly, unwrap } from './types.ts';

/** A function that only computes. */
export interface PureFunction {
  /** it reads constants around it, which may not have their values yet */
  borrows: boolean;
  /** calls inside each other, with its own */
  depth: number;
}

/** More might need more of the stack than there is. */
const MOST_DEPTH = 4;

/** Those of a program, by their nodes. To be asked for before any rewrite. */
export function pureFunctions(scopes: ReadonlyMap<Node, Scope>): Map<Node, PureFunction> {
  const known = new Map<Node, PureFunction | undefined>();
  for (const node of scopes.keys()) if (FUNCTIONS.has(node.type)) look(node, scopes, known);
  const pure = new Map<Node, PureFunction>();
  for (const [node, found] of known) if (found) pure.set(node, found);
  return pure;
}

/** The function that a name means, if it is always the same one. */
export function functionOf({ kind, values, written }: Binding): Node | undefined {
  const [value] = values;
  if (written || values.length !== 1 || typeof value !== 'object') return undefined;
  const node = unwrap(value);
  return (kind === 'function' || kind === 'const') && FUNCTIONS.has(node.type) ? node : undefined;
}

/** Names at the top of a program that mean such a function, whenever they mean anything. */
export function topLevelNames({ bindings }: Scope, pure: ReadonlyMap<Node, PureFunction>): string[] {
  return [...bindings].flatMap(([name, binding]) => {
    const node = functionOf(binding);
    return node && pure.has(node) ? [name] : [];
  });
}

type Known = Map<Node, PureFunction | undefined>;

function look(node: Node, scopes: ReadonlyMap<Node, Scope>, known: Known): PureFunction | undefined {
  if (known.has(node)) return known.get(node);
  // who comes back to itself may never end
  known.set(node, undefined);
  const reader = new Reader(node as t.Function, scopes, known);
  let found: PureFunction | undefined;
  try {
    reader.readFunction();
    found = { borrows: reader.borrows, depth: reader.depth };
  } catch (error) {
    if (error !== IMPURE) throw error;
  }
  known.set(node, found);
  return found;
}

/** Made once: most functions are, and making one takes its stack. */
const IMPURE = new Error('the function does more than compute');

const ASSIGNMENT = /^(\*\*|<<|>>|>>>|[-+*/%&|^]|&&|\|\||\?\?)?=$/;

class Reader {
  borrows = false;
  depth = 1;
  private readonly node: t.Function;
  private readonly own: Scope;
  private readonly scopes: ReadonlyMap<Node, Scope>;
  private readonly known: Known;
  private readonly declared = new Set<Binding>();
  private readonly loops = new CountedLoops();
  private scope: Scope;
  private mayContinue = false;

  constructor(node: t.Function, scopes: ReadonlyMap<Node, Scope>, known: Known) {
    this.node = node;
    this.own = scopes.get(node) as Scope;
    this.scope = this.own;
    this.scopes = scopes;
    this.known = known;
  }

  readFunction(): void {
    const { type, async, generator, params, body } = this.node;
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type)) throw IMPURE;
    if (async || generator || this.own.dynamic) throw IMPURE;
    for (const param of params) this.parameter(param);
    if (body.type === 'BlockStatement') this.all(body.body);
    else this.expression(body);
    if (!this.loops.end()) throw IMPURE;
  }

  private parameter(param: Node): void {
    if (param.type === 'AssignmentPattern') this.expression(param.right);
    const target = param.type === 'AssignmentPattern' ? param.left : param;
    if (target.type !== 'Identifier' || target.name === 'this') throw IMPURE;
    this.declare(target, 'other');
  }

  private all(nodes: readonly Node[]): void {
    for (const node of nodes) this.statement(node);
  }

  private statement(node: Node): void {
    if (isTypeOnly(node)) return;
    const outer = this.scope;
    this.scope = this.scopes.get(node) ?? outer;
    this.bare(node);
    this.scope = outer;
  }

  private bare(node: Node): void {
    switch (node.type) {
      case 'EmptyStatement':
        return;
      case 'BlockStatement':
        this.all(node.body);
        return;
      case 'ExpressionStatement':
        this.expression(node.expression);
        return;
      case 'ReturnStatement':
        if (node.argument) this.expression(node.argument);
        return;
      case 'IfStatement':
        this.expression(node.test);
        this.statement(node.consequent);
        if (node.alternate) this.statement(node.alternate);
        return;
      case 'VariableDeclaration':
        this.declaration(node);
        return;
      case 'ForStatement':
        this.forLoop(node);
        return;
      case 'WhileStatement':
        this.whileLoop(node);
        return;
      case 'BreakStatement':
        if (node.label) throw IMPURE;
        return;
      case 'ContinueStatement':
        if (node.label || !this.mayContinue) throw IMPURE;
        return;
      default:
        throw IMPURE;
    }
  }

  private declaration({ kind, declarations }: t.VariableDeclaration): void {
    if (!/^(let|const|var)$/.test(kind)) throw IMPURE;
    for (const { id, init } of declarations) {
      if (id.type !== 'Identifier') throw IMPURE;
      if (init) this.expression(init);
      this.declare(id, init && isLiteral(init) ? 'literal' : 'other');
    }
  }

  private declare(name: t.Identifier, by: Change): void {
    const binding = this.bindingOf(name);
    if (!binding || !/^(let|const|var|param)$/.test(binding.kind)) throw IMPURE;
    this.declared.add(binding);
    this.loops.changed(binding, by, name.start ?? 0);
  }

  private forLoop(node: t.ForStatement): void {
    const { init, test, update, body } = node;
    if (init?.type === 'VariableDeclaration') this.declaration(init);
    else if (init) this.expression(init);
    if (!test || !update) throw IMPURE;
    this.expression(test);
    this.expression(update);
    this.body(body, true);
    this.loop(test, [update], test.start, node.end);
  }

  private whileLoop(node: t.WhileStatement): void {
    const { test, body } = node;
    this.expression(test);
    this.body(body, false);
    const steps = body.type === 'BlockStatement' ? body.body : [body];
    const always = steps.flatMap((step) => (step.type === 'ExpressionStatement' ? [step.expression] : []));
    this.loop(test, always, node.start, node.end);
  }

  private loop(test: Node, steps: Node[], start: number | null = 0, end: number | null = 0): void {
    if (!this.loops.add(test, steps, { start: start ?? 0, end: end ?? 0 }, this.scope)) throw IMPURE;
  }

  private body(node: Node, mayContinue: boolean): void {
    const outer = this.mayContinue;
    this.mayContinue = mayContinue;
    this.statement(node);
    this.mayContinue = outer;
  }

  private expression(whole: Node): void {
    const node = unwrap(whole) as Node;
    switch (node.type) {
      case 'NumericLiteral':
      case 'BooleanLiteral':
        return;
      case 'Identifier':
        this.name(node);
        return;
      case 'BinaryExpression':
        if (!ARITHMETIC.has(node.operator)) throw IMPURE;
        this.expression(node.left);
        this.expression(node.right);
        return;
      case 'LogicalExpression':
        this.expression(node.left);
        this.expression(node.right);
        return;
      case 'UnaryExpression':
        if (!/^[-+~!]$/.test(node.operator)) throw IMPURE;
        this.expression(node.argument);
        return;
      case 'ConditionalExpression':
        this.expression(node.test);
        this.expression(node.consequent);
        this.expression(node.alternate);
        return;
      case 'SequenceExpression':
        for (const part of node.expressions) this.expression(part);
        return;
      case 'AssignmentExpression':
        if (!ASSIGNMENT.test(node.operator)) throw IMPURE;
        this.expression(node.right);
        if (node.operator !== '=') this.expression(node.left);
        this.change(node);
        return;
      case 'UpdateExpression':
        this.expression(node.argument);
        this.change(node);
        return;
      case 'CallExpression':
        this.call(node);
        return;
      default:
        throw IMPURE;
    }
  }

  private change(node: t.AssignmentExpression | t.UpdateExpression): void {
    const { target, by } = changeOf(node) as { target: Node; by: Change };
    if (target.type !== 'Identifier') throw IMPURE;
    const binding = this.owned(target);
    if (binding.kind === 'const') throw IMPURE;
    this.loops.changed(binding, by, node.start ?? 0);
  }

  private call(node: t.CallExpression): void {
    for (const argument of node.arguments) {
      if (argument.type === 'SpreadElement') throw IMPURE;
      this.expression(argument);
    }
    if (isMathFunction(node.callee, this.scope)) return;
    const binding = this.bindingOf(unwrap(node.callee));
    const target = binding && functionOf(binding);
    const found = target && look(target, this.scopes, this.known);
    if (!found || found.depth === MOST_DEPTH) throw IMPURE;
    if (found.borrows || binding.kind === 'const') this.borrows = true;
    this.depth = Math.max(this.depth, found.depth + 1);
  }

  private name(node: t.Identifier): void {
    const binding = this.bindingOf(node);
    if (binding?.owner === this.own) {
      this.owned(node);
      return;
    }
    if (!binding && /^(undefined|NaN|Infinity)$/.test(node.name) && !find(node.name, this.scope)) return;
    if (constantOf(node, this.scope) === undefined) throw IMPURE;
    this.borrows = true;
  }

  private bindingOf(node: Node): Binding | undefined {
    return bindingOf(node, this.scope);
  }

  private owned(node: Node): Binding {
    const binding = this.bindingOf(node);
    if (binding?.owner !== this.own) throw IMPURE;
    // before its declaration it throws
    if (binding.kind !== 'var' && !this.declared.has(binding)) throw IMPURE;
    return binding;
  }
}
