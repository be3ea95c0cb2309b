/** Declarations and assignments with a pattern (pattern.ts), and what must be said of its source before. */
import type { types as t } from '@babel/core';
import type { Expression } from '../build.ts';
import { declare, object, parens, sequence, statement } from '../build.ts';
import { isNoView } from '../facts.ts';
import { runtime } from '../hooks.ts';
import type { Rewriter } from '../rewriter.ts';
import { unwrap } from '../types.ts';
import { namesIn } from './hoisting.ts';
import { hasArrayPattern, patternSource } from './iteration.ts';
import { assigning, declaring, type Place, pattern, readsElements, shapeOf } from './pattern.ts';

/** `[a[i]] = v`, `({0: x, ...rest} = v)` */
export function assignPattern(node: t.AssignmentExpression, r: Rewriter): Expression {
  const { left, right } = node;
  const { init, store } = patternSource(left, right, r.visit(right), r);
  node.left = pattern(left, r, assigning(r), r.sites.text(right)) as t.ArrayPattern;
  node.right = init;
  if (store && !r.hoist(store)) return sequence([store, node]);
  // V8 takes `f({ ...(a, b) }, { x } = v)` for an error, but not with the user's parentheses.
  return node.extra?.['parenthesized'] ? parens(node) : node;
}

/**
 * A declaration; `list` says that it stands in a list of statements, where others may come before it. In a
 * script every name is everybody's, and in a namespace exported ones are members: such a pattern brings no
 * names of its own, and its source is a stand-in that records.
 */
export function declaration(node: t.VariableDeclaration, r: Rewriter, list: boolean): void {
  let done = 0;
  const { declarations } = node;
  const bare = r.frame.depth === null || (r.exporting && r.scope.node.type === 'TSModuleBlock');
  const place: Place = bare ? { ...declaring(r), bind: null } : declaring(r);
  declarations.forEach((item, i) => {
    const { init, id } = item;
    const text = init ? r.sites.text(init) : '';
    if (!init) {
      item.id = pattern(id, r, place, text) as typeof item.id;
      return;
    }
    r.named(id, init);
    const isLast = list && i === declarations.length - 1;
    // What `await` gives is iterated while the frame is away: V8's text names it only where it stands alone.
    if (isLast && r.effects(id) === 0 && (isAwait(init) || !hasArrayPattern(id))) r.trailing = init;
    const visited = r.visit(init);
    if (id.type === 'Identifier') {
      item.init = visited;
      return;
    }
    const source =
      r.trailing === init && isAwait(init)
        ? { init: visited, store: null }
        : patternSource(id, init, visited, r);
    item.init = source.init;
    if (bare && readsElements(id, r) && !isNoView(unwrap(init), r.scope)) {
      item.init = runtime('pattern', source.init, object(shapeOf(id, r)), r.access(init, init)());
    }
    item.id = pattern(id, r, place, text) as t.ObjectPattern;
    const { store } = source;
    if (!store || (i === 0 && r.hoist(store))) return;
    if (list && r.frame.statements && !r.exporting) {
      if (i > done) {
        const kind = node.kind as 'const';
        r.before.push({ ...declare(kind, []), declarations: declarations.slice(done, i) });
      }
      r.before.push(statement(store));
      done = i;
    } else item.init = sequence([store, item.init]);
  });
  if (done > 0) node.declarations = declarations.slice(done);
}

const isAwait = (node: Expression): boolean => node.type === 'AwaitExpression';

/** The names that a declaration binds. */
export const boundNames = (node: t.VariableDeclaration): string[] =>
  node.declarations.flatMap((item) => namesIn(item.id));
