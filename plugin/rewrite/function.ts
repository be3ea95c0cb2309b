/**
 * The shadow stack's frames. A function that makes calls pushes one and takes it off on every way out:
 *
 *   const _d = ++__tsrace.d; try { … } finally { __tsrace.d = _d - 1; }
 *
 * Code that belongs to a function but runs outside its body (a parameter's default, a field's initialiser)
 * becomes the body of an arrow function of its own, called at once, when it needs a frame or temporaries.
 */
import type { types as t } from '@babel/core';
import { CALLS, SUSPENDS } from '../analysis.ts';
import type { Expression, Node, Statement } from '../build.ts';
import {
  arrow,
  block,
  call,
  declare,
  id,
  isAnonymousFunction,
  parens,
  returns,
  statement,
  tryFinally,
} from '../build.ts';
import { enter, leave, lengthen } from '../hooks.ts';
import { functionName, isImplicit } from '../names.ts';
import type { Frame, Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { declaresFunction, fitForBlock, functionNames, isStrict } from './hoisting.ts';
import { type Place, pattern } from './pattern.ts';
import { disposing } from './suspend.ts';

export function newFrame(r: Rewriter, name: string, bits: number, rest: Partial<Frame> = {}): Frame {
  const pushed = (bits & CALLS) !== 0;
  const resumed = (bits & SUSPENDS) !== 0;
  return {
    name,
    pushed,
    implicit: false,
    depth: r.depthName,
    temps: [],
    hot: [],
    async: false,
    generator: false,
    resumed,
    suspends: pushed && resumed,
    statements: true,
    silent: false,
    restoreAtReturn: false,
    held: null,
    ...rest,
  };
}

/** Runs `work` in `frame`, apart from the statement around it. */
export function inFrame<T>(r: Rewriter, frame: Frame, work: () => T): T {
  const { frame: outer, before, after, head, hint, loops, spelling } = r;
  r.frame = frame;
  r.before = [];
  r.after = [];
  r.head = false;
  r.hint = {};
  r.loops = [];
  r.spelling = false;
  const result = work();
  Object.assign(r, { frame: outer, before, after, head, hint, loops, spelling });
  return result;
}

export function rewriteFunction(node: t.Function, r: Rewriter): void {
  const name = functionName(node, r);
  const implicit = isImplicit(node) || (r.hint.implicit ?? false);
  r.hint = {};
  const isMethod =
    node.type === 'ObjectMethod' || node.type === 'ClassMethod' || node.type === 'ClassPrivateMethod';
  if (isMethod && 'computed' in node && node.computed) node.key = r.visit(node.key as Expression);
  for (const param of node.params) r.visitDecorators(param);
  const outer = r.frame;
  node.params = node.params.map((param) =>
    parameter(param, r, { ...outer, name, implicit }),
  ) as typeof node.params;
  const frame = newFrame(r, name, r.effects(node.body), {
    implicit,
    async: node.async ?? false,
    generator: node.generator ?? false,
  });
  inFrame(r, frame, () => {
    if (node.body.type === 'BlockStatement') body(node, node.body, r);
    else expressionBody(node as t.ArrowFunctionExpression, node.body, r);
  });
}

function body(node: t.Function, code: t.BlockStatement, r: Rewriter): void {
  const { frame } = r;
  const names = functionNames(code.body);
  const strict = isStrict(r.analysis.scopes.get(node)!, r.options.sourceType === 'module');
  frame.restoreAtReturn = frame.pushed && !strict && declaresFunction(code.body, names);
  const wrapped = frame.pushed && !frame.restoreAtReturn && names.size > 0;
  if (wrapped && !strict) frame.held = names;
  const list = disposing(code.body, r.list(code.body), r);
  code.body = framed(wrapped ? fitForBlock(list, names, () => r.local('v')) : list, frame);
}

function expressionBody(node: t.ArrowFunctionExpression, code: Expression, r: Rewriter): void {
  const line = node.loc?.start.line ?? 0;
  const result = returns(code);
  const list = r.list([result]);
  if (list.length === 1 && r.frame.temps.length === 0 && !r.frame.pushed) {
    node.body = result.argument!;
    return;
  }
  if ((code.loc?.start.line ?? 0) > line) result.argument = parens(result.argument!);
  node.body = block(framed(list, r.frame));
  node.expression = false;
}

/** The body of a function: temporaries, the frame, and the code inside it. */
export function framed(list: Statement[], frame: Frame): Statement[] {
  const { depth, suspends } = frame;
  lengthen(frame.hot);
  const start: Statement[] = temporaries(frame.temps);
  if (!frame.pushed || depth === null) return [...start, ...list];
  start.push(declare(suspends ? 'let' : 'const', [[id(depth), enter()]]));
  const restore = statement(leave(depth, suspends));
  return frame.restoreAtReturn ? [...start, ...list, restore] : [...start, tryFinally(list, [restore])];
}

export const temporaries = (names: string[]): Statement[] =>
  names.length === 0
    ? []
    : [
        declare(
          'var',
          names.map((name) => [id(name), null]),
        ),
      ];

/**
 * An expression that runs apart from the code around it. An anonymous class keeps its inferred name only if
 * it stands where it stood, so it gets no frame.
 */
export function detached(
  node: Expression,
  r: Rewriter,
  owner: Pick<Frame, 'name' | 'implicit'>,
  hint: Rewriter['hint'] = r.hint,
): Expression {
  const named = isAnonymousFunction(unwrap(node));
  const bits = named ? 0 : r.effects(node);
  const frame = newFrame(r, owner.name, bits, { implicit: owner.implicit, statements: false, silent: named });
  return inFrame(r, frame, () => {
    r.hint = hint;
    const code = r.visit(node);
    if (!frame.pushed && frame.temps.length === 0) return code;
    if (!frame.pushed) return call(arrow(frame.temps, code));
    return call(arrow([], block(framed([returns(parens(code))], frame))));
  });
}

/** A parameter: its defaults and computed keys run before the body. */
function parameter(node: Node, r: Rewriter, owner: Frame): Node {
  const frame = { ...owner, pushed: false };
  const place: Place = {
    bind: () => r.local('v'),
    visit: (part) => detached(part, r, owner),
    frame,
  };
  return pattern(node, r, place, r.sites.text(node));
}

/** `return x`: where no `finally` does it, the frame is taken off here. */
export function returnStatement(node: t.ReturnStatement, r: Rewriter): void {
  const { argument } = node;
  const { depth, pushed, suspends, restoreAtReturn, async, generator } = r.frame;
  // `return x` in an async generator awaits `x` first.
  const awaits = suspends && async && generator && argument;
  if (argument) {
    r.tail = awaits ? null : argument;
    node.argument = keepLine(node, argument, r.visit(argument));
  }
  if (!pushed || depth === null || !(restoreAtReturn || awaits)) return;
  const restore = awaits ? r.suspension() : [leave(depth, suspends)];
  if (!node.argument) r.before.push(...restore.map(statement));
  else node.argument = parens(r.around(node.argument, restore));
}

/** A line break after `return`, `throw` or `yield` would end the statement. */
export function keepLine(keyword: Node, original: Node, visited: Expression): Expression {
  const inner = unwrap(original);
  return keyword.loc && inner.loc && inner.loc.start.line > keyword.loc.start.line
    ? parens(visited)
    : visited;
}
