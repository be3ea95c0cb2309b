/**
 * Patterns. A target `a[i]` becomes a property whose setter runs the hook and then the user's own write: it is
 * evaluated where the target was and written when the target was.
 *
 * An object pattern reads its source by key. The source has no name inside a pattern, but its stamp has a key:
 *
 *   { 3: x, ...rest }  →  { [S]: _v, [(_v?.r(3, SITE), 3)]: x, [(_v?.all(SITE, [3]), S)]: {} = 0, ...rest }
 *
 * so that it works at any depth, in parameters too. What the rest leaves out is not read again: computed keys before
 * it are noted in a list, which the stamp makes: `[S]: { keys: _e } = 0`. `S` is not enumerable, so `rest` never holds it. An array
 * pattern is read through its source's iterator (iteration.ts).
 */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import {
  array,
  assign,
  copy,
  element,
  emptyPattern,
  id,
  property,
  sequence,
  setterTarget,
  statement,
} from '../build.ts';
import { isNoIndex, isPlainName, isPrimitive } from '../facts.ts';
import { hook, hookOf, runtime, tsrace } from '../hooks.ts';
import type { Frame, Rewriter } from '../rewriter.ts';
import { siteLiteral } from '../sites.ts';
import { unwrap } from '../types.ts';
import { reference } from './chain.ts';
import { isCandidate, visitOwner } from './element.ts';

/** Where a pattern stands. */
export interface Place {
  /** makes a name that the pattern may bind or assign; null: it must not bring names of its own */
  bind: (() => string) | null;
  /** visits a default or a computed key */
  visit: (node: Expression) => Expression;
  /** the activation that reads */
  frame: Frame;
}

/** A pattern that assigns: its own names are temporaries. */
export const assigning = (r: Rewriter): Place => ({
  bind: () => r.temp('v'),
  visit: (node) => r.apart(() => r.visit(node)),
  frame: r.frame,
});

/** A pattern that declares: its own names are declared with the user's. */
export const declaring = (r: Rewriter): Place => ({ ...assigning(r), bind: () => r.local('v') });

/** Visits a pattern; `text` is what a report calls its source. */
export function pattern(node: Node, r: Rewriter, place: Place, text: string): Node {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'MemberExpression':
      if (isCandidate(inner, r)) return elementTarget(inner, r);
      reference(inner, r);
      return inner;
    case 'TSParameterProperty':
      inner.parameter = pattern(inner.parameter, r, place, text) as typeof inner.parameter;
      return inner;
    case 'AssignmentPattern':
      inner.left = pattern(inner.left, r, place, text) as typeof inner.left;
      r.named(inner.left, inner.right);
      inner.right = place.visit(inner.right);
      return inner;
    case 'RestElement':
      inner.argument = pattern(inner.argument, r, place, text) as typeof inner.argument;
      return inner;
    case 'ArrayPattern':
      inner.elements = inner.elements.map(
        (item) => item && pattern(item, r, place, text),
      ) as typeof inner.elements;
      return inner;
    case 'ObjectPattern':
      return objectPattern(inner, r, place, text);
    default:
      return inner;
  }
}

const mayBeIndex = (item: t.ObjectProperty, r: Rewriter): boolean =>
  (item.computed || item.key.type === 'NumericLiteral' || item.key.type === 'StringLiteral') &&
  !isNoIndex(item.key, r.scope) &&
  !r.isIgnored(item);

/** Does an object pattern in `node` read by a key that may be an index, or all? */
export function readsElements(node: Node, r: Rewriter): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'AssignmentPattern':
      return readsElements(inner.left, r);
    case 'RestElement':
      return readsElements(inner.argument, r);
    case 'ArrayPattern':
      return inner.elements.some((item) => item !== null && readsElements(item, r));
    case 'ObjectPattern':
      return inner.properties.some(
        (item) => item.type === 'RestElement' || mayBeIndex(item, r) || readsElements(item.value, r),
      );
    default:
      return false;
  }
}

/** Has `node` an element of a view as a target? */
export function hasElementTarget(node: Node, r: Rewriter): boolean {
  const inner = unwrap(node);
  switch (inner.type) {
    case 'MemberExpression':
      return isCandidate(inner, r);
    case 'AssignmentPattern':
      return hasElementTarget(inner.left, r);
    case 'RestElement':
      return hasElementTarget(inner.argument, r);
    case 'ArrayPattern':
      return inner.elements.some((item) => item !== null && hasElementTarget(item, r));
    case 'ObjectPattern':
      return inner.properties.some((item) =>
        hasElementTarget(item.type === 'RestElement' ? item : item.value, r),
      );
    default:
      return false;
  }
}

function objectPattern(node: t.ObjectPattern, r: Rewriter, place: Place, text: string): Node {
  const { bind, frame } = place;
  const list: t.ObjectPattern['properties'] = [];
  let view = '';
  let keys = '';
  const literal: Expression[] = [];
  const hasRest = node.properties.some((item) => item.type === 'RestElement' && !r.isIgnored(item));
  const stamped = (): Expression => {
    if (view === '' && bind) {
      view = bind();
      list.push(property(tsrace('S'), id(view), true));
    }
    return id(view);
  };
  for (const item of node.properties) {
    if (item.type === 'RestElement') {
      pattern(item, r, place, text);
      if (bind && !r.isIgnored(item)) {
        const args: Expression[] = [siteLiteral(r.sites.add(item.loc?.start, text, frame, 0))];
        if (literal.length > 0 || keys !== '') args.push(array(literal));
        if (keys !== '') args.push(id(keys));
        const all = hookOf('all', stamped(), args);
        list.push(property(sequence([all, tsrace('S')]), emptyPattern(), true));
      }
    } else {
      if (bind && list.length === 0 && mayBeIndex(item, r) && namesItself(item, r)) {
        // the engine names the first key where there is nothing to take apart
        const key = item.key as Expression;
        const site = siteLiteral(r.sites.add(key.loc?.start, text, frame, 0));
        item.value = pattern(item.value, r, place, text) as t.Identifier;
        list.push(item);
        const read = hookOf('r', stamped(), [copy(key), site]);
        literal.push(copy(key));
        list.push(property(sequence([read, tsrace('S')]), emptyPattern(), true));
        continue;
      }
      if (bind && mayBeIndex(item, r)) {
        const stamp = stamped();
        if (hasRest && !item.computed) literal.push(copy(item.key as Expression));
        else if (hasRest && keys === '') {
          keys = bind();
          list.push(property(tsrace('S'), keysOf(keys), true));
        }
        hookKey(item, r, place, stamp, text, item.computed ? keys : '');
      } else if (item.computed) item.key = place.visit(item.key as Expression);
      const { key } = item;
      const name = !item.computed && key.type === 'Identifier' ? key.name : text;
      item.value = pattern(item.value, r, place, name) as t.Identifier;
      if (item.computed) item.shorthand = false;
    }
    list.push(item);
  }
  node.properties = list;
  return node;
}

/**
 * `{ 2: x }`: the hook may come after it, since nothing of the user's runs between its read and the next. A default
 * runs where there was no element.
 */
const namesItself = (item: t.ObjectProperty, r: Rewriter): boolean =>
  !item.computed && takesPlainly(item.value, r, true);

function takesPlainly(target: Node, r: Rewriter, mayDefault: boolean): boolean {
  const inner = unwrap(target);
  switch (inner.type) {
    case 'Identifier':
      return isPlainName(inner, r.scope);
    case 'AssignmentPattern':
      return mayDefault && takesPlainly(inner.left, r, false);
    case 'ObjectPattern':
      return inner.properties.every(
        (item) => item.type !== 'RestElement' && !item.computed && takesPlainly(item.value, r, false),
      );
    default:
      return false;
  }
}

/** `{ keys: name } = 0` */
const keysOf = (name: string): t.AssignmentPattern => {
  const taken = emptyPattern();
  (taken.left as t.ObjectPattern).properties.push(property(id('keys'), id(name), false));
  return taken;
};

function hookKey(
  item: t.ObjectProperty,
  r: Rewriter,
  place: Place,
  view: Expression,
  text: string,
  keys: string,
): void {
  const key = item.key as Expression;
  const site = siteLiteral(r.sites.add(key.loc?.start, text, place.frame, 0));
  if (!item.computed) item.key = sequence([hookOf('r', view, [copy(key), site]), key]);
  else item.key = runtime('k', view, place.visit(key), site, ...(keys === '' ? [] : [id(keys)]));
  item.computed = true;
}

function elementTarget(target: t.MemberExpression, r: Rewriter): Node {
  const site = r.access(target, unwrap(target.object));
  const [o, k, v] = [r.temp('o'), r.temp('k'), r.local('v')];
  const owner = assign(id(o), visitOwner(target, r));
  const key = assign(id(k), r.visit(unwrap(target.property) as Expression));
  const written = hook('w', id(o), [id(k), site()]);
  const write = assign(element(id(o), id(k)), id(v));
  const told = isPrimitive(unwrap(target.property), r.scope) ? [write, written] : [written, write];
  const setter = setterTarget(v, [statement(sequence(told))]);
  setter.object = sequence([owner, key, setter.object]);
  return setter;
}

/** `{p: {0: 0}}`: the keys below the top that may be indices, for a stand-in. */
export function shapeOf(node: Node, r: Rewriter): t.ObjectProperty[] {
  const inner = unwrap(node);
  if (inner.type === 'AssignmentPattern') return shapeOf(inner.left, r);
  if (inner.type !== 'ObjectPattern') return [];
  return inner.properties.flatMap((item) => {
    if (item.type === 'RestElement' || item.computed) return [];
    const nested = readsElements(item.value, r);
    return nested ? [property(copy(item.key as Expression), shape(item.value, r), false)] : [];
  });
}

const shape = (node: Node, r: Rewriter): Expression =>
  ({ type: 'ObjectExpression', properties: shapeOf(node, r) }) as unknown as Expression;
