/** The shapes of the hook calls: `runtime/interface.ts` says what each means, this file how it is spelled. */
import type { types as t } from '@babel/core';
import { GLOBAL_NAME } from '../runtime/interface.ts';
import type { Expression, Node } from './build.ts';
import { assign, binary, call, id, increment, logical, member, num } from './build.ts';

export const tsrace = (name: string): t.MemberExpression => member(id(GLOBAL_NAME), name);

const optional = (type: string, fields: object): Expression =>
  ({ type, ...fields, ours: true }) as unknown as Expression;

/** Is it a node of one of the two shapes below? */
export const isOurs = (node: Node): boolean => 'ours' in node;

type Method = 'r' | 'w' | 'u' | 'm' | 'all' | 'c' | 'l';

/** `view?.[__tsrace.S]`: the stamp, if there is one. */
export const stampOf = (view: Expression): Expression =>
  optional('OptionalMemberExpression', {
    object: view,
    property: tsrace('S'),
    computed: true,
    optional: true,
  });

/** The name of the method in what `hookOf` makes. */
export const methodOf = (hooked: Expression): t.Identifier =>
  ((hooked as t.OptionalCallExpression).callee as t.OptionalMemberExpression).property as t.Identifier;

/** `view?.[__tsrace.S]?.r(key, SITE)`: calls the runtime only when the stamp is there. */
export const hook = (method: Method, view: Expression, args: Expression[]): Expression =>
  hookOf(method, stampOf(view), args);

/** `stamp?.r(key, SITE)`, where the stamp is in a variable */
export function hookOf(method: Method, stamp: Expression, args: Expression[]): Expression {
  const callee = optional('OptionalMemberExpression', {
    object: stamp,
    property: id(method),
    computed: false,
    optional: true,
  });
  return optional('OptionalCallExpression', { callee, arguments: args, optional: false });
}

/** Bytes of bytecode that V8 inlines into a function, and those of the longer hooks with what they call (runtime/views.ts). */
const INLINED = 920;
export const LONGER = { r: 181, w: 203, u: 203 } as const;

/** Turns the hooks in a function's loops, by their names, into the longer ones, if V8 inlines all of them even so. */
export function lengthen(hooks: readonly t.Identifier[]): void {
  let bytes = 0;
  for (const { name } of hooks) bytes += LONGER[name as keyof typeof LONGER];
  if (bytes > INLINED) return;
  for (const hook of hooks) hook.name = hook.name.toUpperCase();
}

type Name = 'k' | 'up' | 'it' | 'pattern' | 'v' | 'm' | 'e' | 'f';

/** `__tsrace.k(stamp, key, SITE)` and its like */
export const runtime = (name: Name, ...args: Expression[]): Expression => call(tsrace(name), args);

/** `++__tsrace.d` */
export const enter = (): Expression => increment(tsrace('d'));

/** `__tsrace.d = _d - 1`; where the function may be suspended, `_d` is 0 while it is not on the stack. */
export function leave(depth: string, suspends: boolean): Expression {
  const restore = assign(tsrace('d'), binary('-', id(depth), num(1)));
  return suspends ? logical('&&', id(depth), restore) : restore;
}

/** Before `await` and `yield`: the frame goes, and `_d` says so. */
export const suspend = (depth: string): Expression[] => [
  assign(tsrace('d'), binary('-', id(depth), num(1))),
  assign(id(depth), num(0)),
];

/** After `await`, when the event loop calls, and after `yield`, when whoever called `next` does. */
export const resume = (depth: string, how: 'await' | 'yield'): Expression =>
  how === 'await' ? assign(tsrace('d'), assign(id(depth), num(1))) : assign(id(depth), enter());

/** At the start of `catch` and `finally`, which may be entered from an `await` or a `yield`. */
export function recover(depth: string, suspends: boolean, generator: boolean): Expression {
  if (!suspends) return assign(tsrace('d'), id(depth));
  const start = generator ? binary('+', tsrace('d'), num(1)) : num(1);
  const reentered = { ...assign(id(depth), start), operator: '||=' } as t.AssignmentExpression;
  return assign(tsrace('d'), reentered);
}
