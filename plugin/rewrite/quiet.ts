/**
 * Quiet code: what a loop may do so that nobody but the loop itself runs while it runs. No calls but of functions that
 * only compute (pure-functions.ts), no suspension, no inner loop but of `for`, no function; the views it touches are names
 * that it does not assign. Such code cannot synchronise, and the stamps of its views are the same in every turn.
 *
 * It is *steady* when, moreover, its names hold numbers: then no conversion runs code of the user's, nothing is
 * thrown, and every turn makes the same accesses. Whether they do is for the run to say (rewrite/quiet-loop.ts).
 */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import { id } from '../build.ts';
import { constantOf } from '../counted-loops.ts';
import { ARITHMETIC, bindingOf } from '../facts.ts';
import { isMathFunction } from '../natives.ts';
import { functionOf } from '../pure-functions.ts';
import type { Rewriter } from '../rewriter.ts';
import { find } from '../scope.ts';
import { isTypeOnly, unwrap } from '../types.ts';
import { isCandidate } from './element.ts';

/** An element that every turn of the loop touches. */
export interface Touch {
  node: t.MemberExpression;
  base: string;
  kind: 'read' | 'write' | 'update';
  /** in every turn of that loop in it; undefined where it is in none */
  within: InnerLoop | undefined;
}

/** A `for` in a loop. */
export interface InnerLoop {
  node: t.ForStatement;
  within: InnerLoop | undefined;
}

export interface Quiet {
  /** names of what may be views */
  bases: Set<string>;
  /** accesses in the order of the text */
  touches: Touch[];
  loops: InnerLoop[];
  /** names that must mean functions that only compute; otherwise it is not quiet */
  callees: Set<string>;
  /** names that must hold numbers for the code to be steady; undefined when it is not, whatever they hold */
  numbers: Set<string> | undefined;
}

/** More would be too much code twice. */
const MOST_NODES = 160;
const MOST_BASES = 6;

const PLAIN_ASSIGNMENT = /^(\*\*|<<|>>|>>>|[-+*/%&|^])?=$/;
const LEAVES =
  /^((Numeric|Boolean|Null|String|BigInt)Literal|ThisExpression|EmptyStatement|BreakStatement|ContinueStatement)$/;
const STEADY_LEAVES = /^(NumericLiteral|BooleanLiteral|EmptyStatement)$/;

/** Made once: most loops are not, and making one takes its stack. */
const NOT_QUIET = new Error('the loop is not quiet');

/** What the parts of a loop do together, or undefined when it is not quiet. */
export function quietOf(parts: (Node | null | undefined)[], r: Rewriter): Quiet | undefined {
  const reader = new Reader(r);
  try {
    for (const part of parts) if (part) reader.read(part);
  } catch (error) {
    if (error !== NOT_QUIET) throw error;
    return undefined;
  }
  const { bases, written, touches, loops, calls } = reader;
  if (bases.size === 0 || bases.size > MOST_BASES) return undefined;
  for (const name of bases) if (written.has(name) || !isKnown(name, r)) return undefined;
  for (const name of calls.keys()) if (written.has(name)) return undefined;
  const callees = new Set([...calls].flatMap(([name, asked]) => (asked ? [name] : [])));
  return { bases, touches, loops, callees, numbers: reader.steady ? reader.numbers() : undefined };
}

class Reader {
  readonly bases = new Set<string>();
  readonly touches: Touch[] = [];
  readonly loops: InnerLoop[] = [];
  /** functions that are called, and whether the run is asked about them */
  readonly calls = new Map<string, boolean>();
  /** names assigned to that are not the code's own */
  readonly written = new Set<string>();
  steady = true;
  /** names read that are not the code's own */
  private readonly names = new Set<string>();
  /** the code's own names, and how it declares them */
  private readonly own = new Map<string, string>();
  /** those whose block is behind */
  private readonly gone = new Set<string>();
  private loop: InnerLoop | undefined;
  private readonly lengths = new Set<string>();
  /** what is read now does not happen in every turn */
  private sometimes = false;
  private nodes = 0;
  private readonly r: Rewriter;

  constructor(r: Rewriter) {
    this.r = r;
  }

  /** Names that must hold numbers; undefined where that does not help. */
  numbers(): Set<string> | undefined {
    const { r, bases } = this;
    for (const name of this.lengths) if (!bases.has(name)) return undefined;
    const names = new Set([...this.names, ...this.written]);
    for (const name of names) {
      if (bases.has(name)) return undefined;
      if (isNumber(name, r)) names.delete(name);
      else if (!isKnown(name, r)) return undefined;
    }
    return names;
  }

  read(whole: Node): void {
    const node = unwrap(whole) as Node;
    if (isTypeOnly(node)) return;
    if (++this.nodes > MOST_NODES) throw NOT_QUIET;
    if (LEAVES.test(node.type)) {
      if (!STEADY_LEAVES.test(node.type)) this.steady = false;
      return;
    }
    switch (node.type) {
      case 'Identifier':
        this.name(node.name);
        break;
      case 'ExpressionStatement':
        this.read(node.expression);
        break;
      case 'BlockStatement':
        this.scoped(() => this.all(node.body));
        break;
      case 'ForStatement':
        this.scoped(() => this.inner(node));
        break;
      case 'SequenceExpression':
        this.all(node.expressions);
        break;
      case 'VariableDeclaration':
        this.declaration(node);
        break;
      case 'IfStatement':
      case 'ConditionalExpression':
        this.read(node.test);
        this.maybe(node.consequent, node.alternate);
        break;
      case 'LogicalExpression':
        this.read(node.left);
        this.maybe(node.right);
        break;
      case 'UnaryExpression':
        if (node.operator === 'delete' || node.operator === 'throw') throw NOT_QUIET;
        this.read(node.argument);
        break;
      case 'BinaryExpression':
        if (!ARITHMETIC.has(node.operator) || node.left.type === 'PrivateName') this.steady = false;
        this.read(node.left);
        this.read(node.right);
        break;
      case 'UpdateExpression':
        this.target(unwrap(node.argument), 'update');
        break;
      case 'AssignmentExpression':
        this.assignment(node);
        break;
      case 'CallExpression':
        this.call(node);
        break;
      case 'MemberExpression':
        this.member(node, 'read');
        break;
      default:
        throw NOT_QUIET;
    }
  }

  /** Names that are declared in it mean something else behind it. */
  private scoped(read: () => void): void {
    const { own, gone } = this;
    const before = new Set(own.keys());
    read();
    for (const [name, kind] of own) {
      if (before.has(name) || kind === 'var') continue;
      own.delete(name);
      gone.add(name);
    }
  }

  private inner(node: t.ForStatement): void {
    if (!node.init || !node.test || !node.update) throw NOT_QUIET;
    const { loop } = this;
    this.read(node.init);
    this.loop = { node, within: loop };
    this.loops.push(this.loop);
    this.read(node.test);
    this.read(node.body);
    this.read(node.update);
    this.loop = loop;
  }

  private name(name: string): void {
    if (this.own.has(name)) return;
    if (this.gone.has(name)) throw NOT_QUIET;
    if (!find(name, this.r.scope) && name !== 'undefined' && name !== 'NaN') this.steady = false;
    this.names.add(name);
  }

  private all(nodes: Node[]): void {
    for (const node of nodes) this.read(node);
  }

  private maybe(...nodes: (Node | null | undefined)[]): void {
    const { sometimes } = this;
    this.sometimes = true;
    for (const node of nodes) if (node) this.read(node);
    this.sometimes = sometimes;
  }

  private declaration(node: t.VariableDeclaration): void {
    if (!/^(let|const|var)$/.test(node.kind)) throw NOT_QUIET;
    for (const { id, init } of node.declarations) {
      if (id.type !== 'Identifier') throw NOT_QUIET;
      if (init) this.read(init);
      else this.steady = false;
      const { name } = id;
      const { names, written, bases, calls } = this;
      if ([names, written, bases, calls].some((met) => met.has(name))) throw NOT_QUIET;
      this.own.set(name, node.kind);
    }
  }

  private assignment(node: t.AssignmentExpression): void {
    const target = unwrap(node.left) as Node;
    if (PLAIN_ASSIGNMENT.test(node.operator)) {
      this.target(target, node.operator === '=' ? 'write' : 'update');
      this.read(node.right);
    } else {
      this.steady = false;
      this.target(target, 'update');
      this.maybe(node.right);
    }
  }

  private target(node: Node, kind: Touch['kind']): void {
    if (node.type === 'MemberExpression') {
      this.member(node, kind);
      return;
    }
    if (node.type !== 'Identifier') throw NOT_QUIET;
    const own = this.own.get(node.name);
    if (own === undefined && this.gone.has(node.name)) throw NOT_QUIET;
    const how = own ?? bindingOf(node, this.r.scope)?.kind;
    if (how === undefined || !/^(let|var|param)$/.test(how)) throw NOT_QUIET;
    if (own === undefined) this.written.add(node.name);
  }

  private member(node: t.MemberExpression, kind: Touch['kind']): void {
    const object = unwrap(node.object) as Expression | t.Super;
    if (object.type === 'Super' || node.property.type === 'PrivateName') throw NOT_QUIET;
    if (!node.computed) {
      const isLength = (node.property as t.Identifier).name === 'length' && kind === 'read';
      if (isLength && object.type === 'Identifier') {
        if (this.gone.has(object.name)) throw NOT_QUIET;
        this.lengths.add(object.name);
        return;
      }
      this.steady = false;
      this.read(object);
      return;
    }
    if (object.type !== 'Identifier' || this.own.has(object.name) || this.gone.has(object.name))
      throw NOT_QUIET;
    this.read(node.property);
    if (!isCandidate(node, this.r)) {
      this.steady = false;
      this.names.add(object.name);
      return;
    }
    this.bases.add(object.name);
    if (this.sometimes) this.steady = false;
    this.touches.push({ node, base: object.name, kind, within: this.loop });
  }

  /** `Math.f(…)`, a function that only computes, or one of which the run will say whether it does. */
  private call(node: t.CallExpression): void {
    const { callee } = node;
    if (!isMathFunction(callee, this.r.scope)) {
      if (callee.type !== 'Identifier' || this.own.has(callee.name) || this.gone.has(callee.name))
        throw NOT_QUIET;
      const asked = this.askedFor(callee.name);
      if (asked === undefined) throw NOT_QUIET;
      this.calls.set(callee.name, asked);
    }
    for (const argument of node.arguments) {
      if (argument.type === 'SpreadElement') throw NOT_QUIET;
      this.read(argument);
    }
  }

  /** Whether it is for the run to say that the function only computes; undefined where it surely does more. */
  private askedFor(name: string): boolean | undefined {
    const { scope, analysis, options } = this.r;
    const found = find(name, scope);
    if (!found?.certain) return undefined;
    const { kind, owner } = found.binding;
    if (kind === 'class' || kind === 'catch' || kind === 'rest') return undefined;
    const target = functionOf(found.binding);
    if (!target) return kind === 'function' ? undefined : true;
    const pure = analysis.pure.get(target);
    // in a script other scripts may declare it again
    const isEverybodys = options.sourceType === 'script' && owner.node.type === 'Program';
    return pure && (pure.borrows || kind === 'const' || isEverybodys);
  }
}

/** A name that means the same all through the loop, unless it is assigned there. */
function isKnown(name: string, r: Rewriter): boolean {
  const found = find(name, r.scope);
  return found?.certain === true && found.binding.kind !== 'import';
}

/** A constant that is a number. */
function isNumber(name: string, r: Rewriter): boolean {
  if (!find(name, r.scope)) return name === 'undefined' || name === 'NaN';
  return constantOf(id(name), r.scope) !== undefined;
}
