/** Optional chains with an element behind the link that may cut them short. */
import type { types as t } from '@babel/core';
import type { Expression, Node } from '../build.ts';
import {
  array,
  assign,
  binary,
  conditional,
  id,
  logical,
  nul,
  num,
  sequence,
  spread,
  undef,
} from '../build.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { chain, isOptional, suitsNumber, type Use, useOf } from './chain.ts';
import { isCandidate, type Member } from './element.ts';

/**
 * `a?.b[i].c`: an element inside a chain, behind the link that may cut the chain short. Its object needs a
 * temporary, which no chain can hold, so the chain is cut in two at that link:
 * `(_q = a) === null || _q === void 0 ? void 0 : _q.b[i].c`.
 */
export function splitForElement(root: Expression, r: Rewriter): Expression | undefined {
  const found = innermostElement(root, r);
  if (!found) return undefined;
  const cut = nearestOptional(found.object as Expression);
  if (!cut) return undefined;
  const q = r.temp('q');
  if (cut.type === 'OptionalMemberExpression') {
    const head = chain(cut.object as Expression, r);
    const test = logical('||', binary('===', assign(id(q), head), nul()), binary('===', id(q), undef()));
    plain(root, cut);
    const inner = cut as Member;
    inner.object = id(q);
    return conditional(
      test,
      undef(),
      r.apart(() => r.visit(root)),
    );
  }
  // An optional call keeps its `this` only in place: a flag tells whether it was made.
  const flag = r.temp('f');
  const o = r.temp('o');
  const reached = assign(id(flag), num(1));
  const head = found.object as Expression;
  plain(root, found as t.OptionalMemberExpression);
  found.object = id(o);
  const visited = chain(head, r);
  const [first] = cut.arguments;
  if (!first) cut.arguments.push(spread(sequence([reached, array()])));
  else if (first.type === 'SpreadElement') first.argument = sequence([reached, first.argument]);
  else cut.arguments[0] = sequence([reached, first as Expression]);
  const rest = conditional(
    binary('===', id(flag), num(0)),
    undef(),
    r.apart(() => r.visit(root)),
  );
  return sequence([assign(id(flag), num(0)), assign(id(o), visited), rest]);
}

/** The innermost element of the chain that is read behind an optional link and needs a hook. */
function innermostElement(root: Expression, r: Rewriter): Member | undefined {
  let found: Member | undefined;
  let use: Use = 'value';
  let called = false;
  for (let node: Expression = root; isOptional(node); ) {
    if (node.type === 'OptionalMemberExpression') {
      const read = suitsNumber(use) || (use[0] === '?' && !called);
      if (!node.optional && read && isCandidate(node, r)) found = node;
      use = node.optional ? `?${useOf(node)}` : useOf(node);
      node = unwrap(node.object) as Expression;
    } else {
      use = 'callee';
      called = true;
      node = unwrap(node.callee) as Expression;
    }
  }
  return found;
}

function nearestOptional(
  from: Expression,
): t.OptionalMemberExpression | t.OptionalCallExpression | undefined {
  for (let node = unwrap(from) as Expression; isOptional(node); ) {
    if (node.optional) return node;
    node = unwrap(node.type === 'OptionalMemberExpression' ? node.object : node.callee) as Expression;
  }
  return undefined;
}

/** Makes the links from `root` down to `last` ordinary, up to the first that is optional on its own. */
function plain(root: Expression, last: Node): void {
  const path: (t.OptionalMemberExpression | t.OptionalCallExpression)[] = [];
  for (let node = root; isOptional(node); ) {
    path.push(node);
    if (node === last) break;
    node = unwrap(node.type === 'OptionalMemberExpression' ? node.object : node.callee) as Expression;
  }
  for (const node of path.reverse()) {
    if (node.optional && (node as Node) !== last) return;
    const target = node as unknown as { type: string; optional?: boolean };
    target.type = node.type === 'OptionalMemberExpression' ? 'MemberExpression' : 'CallExpression';
    target.optional = false;
  }
}
