/**
 * Chains of members and calls, `a.b(x)[i]?.c()`, from the inside out.
 *
 * V8 prints a chain's source in "… is not a function", so nothing is put *into* a chain where that can be
 * helped: the site of its first call and the hook of its first element go before the whole, the site of a
 * later call into its last argument. An element whose value is only asked for a property that numbers do not
 * have (`nodes[i].weight`, `rows[i][j]`) is no element of a typed array and stays as it is.
 */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import { array, assign, copy, id, sequence, spread } from '../build.ts';
import { isNumberProperty, isPlainName, isSettled } from '../facts.ts';
import { isPureCall } from '../natives.ts';
import type { Rewriter } from '../rewriter.ts';
import { find } from '../scope.ts';
import { isWrapper, unwrap } from '../types.ts';
import { borrowing, listed } from './call-through.ts';
import { copied } from './copy.ts';
import { hookInKey, isCandidate, type Member, readElement, superElement } from './element.ts';
import { visitArguments } from './iteration.ts';
import { splitForElement } from './optional.ts';
import { runTimeCode } from './run-time-code.ts';

type Call = t.CallExpression | t.OptionalCallExpression;

/** How the value of a link is used: as such, for one of its properties (if it has any), or as the function to call. */
export type Use = 'value' | 'callee' | 'index' | `.${string}` | `?${string}`;

interface Chain {
  r: Rewriter;
  /** goes before the whole chain */
  prefix: Expression[];
  /** something evaluated so far may have made a call */
  dirty: boolean;
  /** nothing may be hooked (`delete a?.[i].b`) */
  bare: boolean;
  /** it is in a callee, whose text a message may show */
  spelled: boolean;
}

export const isOptional = (node: Node): node is t.OptionalMemberExpression | t.OptionalCallExpression =>
  node.type === 'OptionalMemberExpression' || node.type === 'OptionalCallExpression';

const isMember = (node: Node): node is Member =>
  node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression';

const isCall = (node: Node): node is Call =>
  node.type === 'CallExpression' || node.type === 'OptionalCallExpression';

export function chain(root: Expression, r: Rewriter): Expression {
  if (root.type === 'MemberExpression') {
    if (isCandidate(root, r)) return readElement(root, r);
    if (root.computed && root.object.type === 'Super') return superElement(root, r);
  }
  const c: Chain = { r, prefix: [], dirty: r.spelling, bare: false, spelled: r.spelling };
  const split = isOptional(root) ? splitForElement(root, r) : undefined;
  const result = split ?? link(root, 'value', c);
  return sequence([...c.prefix, result]);
}

/** The object of an element: `a[i]` in `a[i][j]` is no element of a typed array. */
export function owner(object: Expression, r: Rewriter): Expression {
  if (!isMember(object) || isOptional(object)) return r.visit(object);
  const c: Chain = { r, prefix: [], dirty: false, bare: false, spelled: false };
  const result = link(object, 'index', c);
  return sequence([...c.prefix, result]);
}

/** Visits the parts of a member that is a target, a callee or deleted, and leaves it itself alone. */
export function reference(node: Expression, r: Rewriter, bare = false): Expression[] {
  const c: Chain = { r, prefix: [], dirty: r.spelling, bare, spelled: true };
  if (isMember(node)) member(node, 'callee', c);
  return c.prefix;
}

function link(
  wrapped: Expression | t.Super | t.V8IntrinsicIdentifier | t.Import,
  use: Use,
  c: Chain,
): Expression {
  const node = isWrapper(wrapped) ? (unwrap(wrapped) as Expression) : (wrapped as Expression);
  if (isMember(node)) return member(node, use, c);
  if (isCall(node)) return call(node, c);
  if ((node as Node).type === 'Super' || (node as Node).type === 'Import') return node;
  if (c.r.effects(node) !== 0) c.dirty = true;
  return use === 'callee' ? spelt(c.r, true, () => c.r.visit(node)) : c.r.visit(node);
}

/** Runs `work` in a callee, or in what its text does not show. */
function spelt<T>(r: Rewriter, spelling: boolean, work: () => T): T {
  const outer = r.spelling;
  r.spelling = spelling;
  const result = work();
  r.spelling = outer;
  return result;
}

export const useOf = (node: Member): Use =>
  node.computed ? 'index' : `.${(node.property as t.Identifier).name}`;

/** Could a number be asked for this, and answer? */
export const suitsNumber = (use: Use): boolean =>
  use === 'value' || isNumberProperty(use.replace(/^\??\./, ''));

/** An element that is called, or behind which `?.x` stands, is recorded where the text of a callee stays what it is. */
const isRead = (node: Member, use: Use, { r, spelled }: Chain): boolean =>
  suitsNumber(use) ||
  ((use === 'callee' || use[0] === '?') &&
    ((node.type === 'MemberExpression' && isSimple(node, r)) || (use !== 'callee' && !spelled)));

/** Both operands may be evaluated once more, before the chain. */
function isSimple(node: Member, r: Rewriter): boolean {
  const object = unwrap(node.object) as Expression;
  const key = unwrap(node.property) as Expression;
  return (
    (key.type === 'NumericLiteral' || isPlainName(key, r.scope)) &&
    (object.type === 'ThisExpression' || isPlainName(object, r.scope))
  );
}

function member(node: Member, use: Use, c: Chain): Expression {
  const { r } = c;
  // An element behind an optional link was split off before; what is left of such is not for hooks.
  const whole = node.type === 'MemberExpression' || node.optional;
  if (!c.bare && whole && isRead(node, use, c) && isCandidate(node, r)) return hookedElement(node, c);
  node.object = link(node.object, node.optional === true ? `?${useOf(node)}` : useOf(node), c);
  if (node.computed) {
    if (r.effects(node.property) !== 0) c.dirty = true;
    node.property = spelt(r, c.spelled, () => r.visit(node.property));
  }
  return node as Expression;
}

function hookedElement(node: Member, c: Chain): Expression {
  const { r } = c;
  const object = unwrap(node.object) as Expression;
  if (node.type === 'OptionalMemberExpression') {
    const plain =
      (object.type === 'ThisExpression' || isPlainName(object, r.scope)) &&
      isSettled(object, node.property, r.scope);
    const visited = link(object, '?index', c);
    if (r.effects(node.property) !== 0) c.dirty = true;
    if (plain) {
      node.object = visited;
      node.property = hookInKey(() => copy(visited), node, r);
    } else {
      const name = r.temp('o');
      node.property = hookInKey(() => id(name), node, r);
      node.object = assign(id(name), visited);
    }
    return node as Expression;
  }
  if (isSimple(node, r)) {
    const key = unwrap(node.property) as Expression;
    const site = r.access(node, object);
    c.prefix.push(r.elementHook('r', copy(object), copy(key), site()));
    node.object = object;
    node.property = key;
    return node;
  }
  if (r.effects(node) !== 0) c.dirty = true;
  return readElement(node, r);
}

function call(node: Call, c: Chain): Expression {
  const made = plainCall(node, c);
  if (node.type === 'CallExpression') runTimeCode(node, c.r);
  return made;
}

function plainCall(node: Call, c: Chain): Expression {
  const { r } = c;
  const { callee } = node;
  const [first, second] = node.arguments;
  c.spelled = true;
  if (node.type === 'CallExpression' && isOptional(callee)) {
    // `(a?.b)(x)`: `this` would be lost if the parenthesised chain were rewritten into anything else.
    const bare = { ...c, bare: true };
    link(callee, 'callee', bare);
    c.dirty = bare.dirty;
  } else node.callee = link(callee, 'callee', c);
  const dirty = c.dirty || r.effects(...node.arguments) !== 0;
  node.arguments = spelt(r, false, () => visitArguments(node.arguments, dirty, r));
  listed(node, second, r);
  if (callee.type === 'Super') copied(node, first, r);
  c.prefix.push(...borrowing(node, first, r));
  if (!r.calls(node) || isPure(node, r)) {
    c.dirty = dirty;
    return node as Expression;
  }
  c.dirty = true;
  if (r.frame.silent) return node as Expression;
  const store = r.store(node);
  if (dirty) storeInArguments(node.arguments, store, r);
  else if (!r.hoist(store)) c.prefix.push(store);
  return node as Expression;
}

const NOTHING: ReadonlySet<string> = new Set();

const isPure = (node: Call | t.NewExpression, r: Rewriter): boolean => {
  const name = node.callee.type === 'Identifier' ? node.callee.name : rootName(node.callee);
  return isPureCall(node, NOTHING) && !(name && find(name, r.scope));
};

const rootName = (callee: Node): string | undefined =>
  callee.type === 'MemberExpression' && callee.object.type === 'Identifier' ? callee.object.name : undefined;

/** The store must come after every call among the operands: it goes into the last argument. */
export function storeInArguments(args: t.CallExpression['arguments'], store: Expression, r: Rewriter): void {
  const last = args.pop();
  if (last === undefined) args.push(spread(sequence([store, array()])));
  else if (last.type === 'SpreadElement') {
    last.argument = after(last.argument, store, r);
    args.push(last);
  } else args.push(after(last as Expression, store, r));
}

/** `value`, with the store behind it. */
export function after(value: Expression, store: Expression, r: Rewriter): Expression {
  if (isStill(value)) return sequence([store, value]);
  const name = r.temp('t');
  return sequence([assign(id(name), value), store, id(name)]);
}

const STILL =
  /^(Identifier|ThisExpression|.*Literal|FunctionExpression|ArrowFunctionExpression|ArrayExpression)$/;
/** Evaluating it makes no call (of this function's own). Array literals only when empty or of such. */
function isStill(node: Node): boolean {
  if (node.type === 'TemplateLiteral') return node.expressions.every(isStill);
  if (node.type === 'ArrayExpression') return node.elements.every((item) => !item || isStill(item));
  if (node.type === 'MemberExpression')
    return isStill(node.object) && (!node.computed || isStill(node.property));
  return STILL.test(node.type);
}

export function newExpression(node: t.NewExpression, r: Rewriter): Expression {
  const c: Chain = { r, prefix: [], dirty: r.spelling, bare: false, spelled: true };
  node.callee = link(node.callee, 'callee', c);
  const dirty = c.dirty || r.effects(...node.arguments) !== 0;
  const [first] = node.arguments;
  node.arguments = spelt(r, false, () => visitArguments(node.arguments, dirty, r));
  const made = copied(node, first, r);
  if (!r.frame.silent && r.calls(node) && !isPure(node, r)) {
    const store = r.store(node);
    if (dirty) storeInArguments(node.arguments, store, r);
    else if (!r.hoist(store)) c.prefix.push(store);
  }
  runTimeCode(node, r);
  return sequence([...c.prefix, made]);
}

export function importExpression(node: t.ImportExpression, r: Rewriter): Expression {
  const dirty = r.effects(node.source, node.options) !== 0;
  r.children(node);
  if (r.frame.silent) return node;
  const store = r.store(node);
  if (dirty) node.source = after(node.source, store, r);
  else if (!r.hoist(store)) return sequence([store, node]);
  return node;
}

export function taggedTemplate(node: t.TaggedTemplateExpression, r: Rewriter): Expression {
  const c: Chain = { r, prefix: [], dirty: r.spelling, bare: false, spelled: true };
  node.tag = link(node.tag, 'callee', c);
  const { quasi } = node;
  const dirty = c.dirty || r.effects(quasi) !== 0;
  r.visit(quasi);
  if (r.frame.silent) return node;
  const store = r.store(node);
  if (!dirty) {
    if (!r.hoist(store)) c.prefix.push(store);
  } else if (quasi.expressions.length > 0) {
    quasi.expressions.push(after(quasi.expressions.pop() as Expression, store, r));
  } else if (isMember(node.tag)) node.tag.object = after(node.tag.object as Expression, store, r);
  else node.tag = after(node.tag, store, r);
  return sequence([...c.prefix, node]);
}
