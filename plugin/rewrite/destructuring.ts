/**
 * Patterns. A target `a[i]` becomes a property whose setter runs the hook and then the user's own write:
 * it is evaluated where the target was and written when the target was. Sources: an array pattern's is seen
 * by the runtime (it patches the iterator); an object pattern reads its properties by key, so a key that may
 * be an index goes through `__tsrace.key`, and `...rest` announces that it reads all.
 */
import type { types as t } from '@babel/core';
import type { Expression, Node, Statement } from '../build.ts';
import {
  assign,
  conditional,
  copy,
  declare,
  element,
  id,
  num,
  object,
  property,
  sequence,
  setterTarget,
  statement,
  str,
} from '../build.ts';
import { isNoIndex, isNoView, isPlainName } from '../facts.ts';
import { hook, isOdd, runtime } from '../hooks.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { reference } from './chain.ts';
import { isCandidate, visitOwner } from './element.ts';

/** What a pattern reads of its source that needs a hook. */
interface Needs {
  keys: boolean;
  rest: boolean;
  nested: boolean;
  targets: boolean;
}

const mayBeIndex = (item: t.ObjectProperty, r: Rewriter): boolean =>
  (item.computed || item.key.type === 'NumericLiteral' || item.key.type === 'StringLiteral') &&
  !isNoIndex(item.key, r.scope);

export function needsOf(
  pattern: Node,
  r: Rewriter,
  top = true,
  needs: Needs = { keys: false, rest: false, nested: false, targets: false },
): Needs {
  const inner = unwrap(pattern);
  switch (inner.type) {
    case 'MemberExpression':
      if (isCandidate(inner, r)) needs.targets = true;
      break;
    case 'AssignmentPattern':
      needsOf(inner.left, r, top, needs);
      break;
    case 'RestElement':
      needsOf(inner.argument, r, false, needs);
      break;
    case 'ArrayPattern':
      for (const item of inner.elements) if (item) needsOf(item, r, false, needs);
      break;
    case 'ObjectPattern':
      for (const item of inner.properties) {
        if (item.type === 'RestElement') {
          if (top) needs.rest = true;
          needsOf(item.argument, r, false, needs);
          continue;
        }
        if (mayBeIndex(item, r)) {
          if (top) needs.keys = true;
          else if (!item.computed) needs.nested = true;
        }
        needsOf(item.value, r, false, needs);
      }
      break;
  }
  return needs;
}

/** Visits a pattern; `source` gives the value that its own keys are read from. */
export function pattern(node: Node, r: Rewriter, source: (() => Expression) | null): Node {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'MemberExpression':
      if (isCandidate(inner, r)) return elementTarget(inner, r);
      reference(inner, r);
      return inner;
    case 'AssignmentPattern':
      inner.left = pattern(inner.left, r, null) as typeof inner.left;
      r.named(inner.left, inner.right);
      inner.right = r.apart(() => r.visit(inner.right));
      return inner;
    case 'RestElement':
      inner.argument = pattern(inner.argument, r, null) as typeof inner.argument;
      return inner;
    case 'ArrayPattern':
      inner.elements = inner.elements.map((item) => item && pattern(item, r, null)) as typeof inner.elements;
      return inner;
    case 'ObjectPattern':
      for (const item of inner.properties) {
        if (item.type === 'RestElement') pattern(item, r, null);
        else {
          if (source && mayBeIndex(item, r)) hookKey(item, r, source);
          else if (item.computed) item.key = r.visit(item.key as Expression);
          item.value = pattern(item.value, r, null) as t.Identifier;
          if (item.computed) item.shorthand = false;
        }
      }
      return inner;
    default:
      return inner;
  }
}

function hookKey(item: t.ObjectProperty, r: Rewriter, source: () => Expression): void {
  const site = r.access(item.key as Expression, source());
  const key = item.computed ? r.visit(item.key as Expression) : (item.key as Expression);
  item.key = runtime('key', source(), key, site());
  item.computed = true;
}

function elementTarget(target: t.MemberExpression, r: Rewriter): Node {
  const site = r.access(target, unwrap(target.object));
  const [o, k, v] = [r.temp('o'), r.temp('k'), r.local('v')];
  const owner = assign(id(o), visitOwner(target, r));
  const key = assign(id(k), r.visit(unwrap(target.property) as Expression));
  const written = isOdd(hook('w', id(o), [id(k), site()]));
  const set = runtime('set', id(o), id(k), id(v), site());
  const write: Statement = statement(conditional(written, set, assign(element(id(o), id(k)), id(v))));
  const setter = setterTarget(v, [write]);
  setter.object = sequence([owner, key, setter.object]);
  return setter;
}

/** The names that a pattern assigns. */
function assigns(node: Node, name: string): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'Identifier':
      return inner.name === name;
    case 'AssignmentPattern':
      return assigns(inner.left, name);
    case 'RestElement':
      return assigns(inner.argument, name);
    case 'ArrayPattern':
      return inner.elements.some((item) => item !== null && assigns(item, name));
    case 'ObjectPattern':
      return inner.properties.some((item) => assigns(item.type === 'RestElement' ? item : item.value, name));
    default:
      return false;
  }
}

/**
 * What must be done to the source of a pattern: `guard` before the pattern reads it, `init` in its place,
 * `source` to name it again.
 */
function hookSource(
  left: Node,
  right: Expression,
  visited: Expression,
  r: Rewriter,
): { guard: Expression | null; init: Expression; source: (() => Expression) | null } {
  const needs = needsOf(left, r);
  if ((!needs.keys && !needs.rest && !needs.nested) || isNoView(unwrap(right), r.scope)) {
    if (!needs.nested) return { guard: null, init: visited, source: null };
  }
  let init = visited;
  let source: () => Expression;
  let setup: Expression[] = [];
  if (
    right.type === 'ThisExpression' ||
    (isPlainName(right, r.scope) && !assigns(left, (right as t.Identifier).name))
  ) {
    source = () => copy(right);
  } else {
    const name = r.temp('s');
    setup = [assign(id(name), visited)];
    source = () => id(name);
    init = id(name);
  }
  const site = r.access(right, right);
  let guard = needs.rest ? hook('all', source(), [site()]) : null;
  if (needs.nested) init = runtime('pattern', init, shapeOf(left, r, true), site());
  if (setup.length > 0) {
    init = sequence([...setup, ...(guard ? [guard] : []), init]);
    guard = null;
  }
  return { guard, init, source };
}

/** `{p: {0: 0}}`: the keys below the top that may be indices. */
function shapeOf(node: Node, r: Rewriter, top = false): Expression {
  const inner = unwrap(node);
  if (inner.type === 'AssignmentPattern') return shapeOf(inner.left, r);
  if (inner.type !== 'ObjectPattern') return num(0);
  const items = inner.properties.flatMap((item) => {
    if (item.type === 'RestElement' || item.computed) return [];
    const nested = shapeOf(item.value, r);
    if (nested.type === 'NumericLiteral' && (top || !mayBeIndex(item, r))) return [];
    const key = item.key.type === 'Identifier' ? str(item.key.name) : copy(item.key as Expression);
    return [property(key, nested, false)];
  });
  return items.length > 0 || top ? object(items) : num(0);
}

/** `[a[i]] = v`, `({0: x, ...rest} = v)` */
export function assignPattern(node: t.AssignmentExpression, r: Rewriter): Expression {
  const { right } = node;
  const visited = r.visit(right);
  const { guard, init, source } = hookSource(node.left, right, visited, r);
  const isStandIn = init.type === 'CallExpression' && init !== visited;
  node.left = pattern(node.left, r, source) as t.ArrayPattern;
  node.right = init;
  const result = isStandIn ? [node, copy(right)] : [node];
  return sequence([...(guard ? [guard] : []), ...result]);
}

/** A declaration; `list` says that it stands in a list of statements, where others may come before it. */
export function declaration(node: t.VariableDeclaration, r: Rewriter, list: boolean): void {
  let done = 0;
  const { declarations } = node;
  declarations.forEach((item, i) => {
    const { init } = item;
    if (!init) {
      item.id = pattern(item.id, r, null) as typeof item.id;
      return;
    }
    r.named(item.id, init);
    if (list && i === declarations.length - 1 && r.effects(item.id) === 0) r.trailing = init;
    const visited = r.visit(init);
    if (item.id.type === 'Identifier') {
      item.init = visited;
      return;
    }
    const { guard, init: value, source } = hookSource(item.id, init, visited, r);
    item.id = pattern(item.id, r, source) as t.ObjectPattern;
    item.init = value;
    if (!guard) return;
    if (list && r.frame.statements && (i === 0 || !r.exporting)) {
      const kind = node.kind as 'const';
      if (i > done) r.before.push({ ...declare(kind, []), declarations: declarations.slice(done, i) });
      r.before.push(statement(guard));
      done = i;
    } else item.init = sequence([guard, value]);
  });
  if (done > 0) node.declarations = declarations.slice(done);
}
