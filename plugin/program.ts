/** One program, rewritten in place. Shared by `instrument` and the plain Babel plugin. */
import type { types as t } from '@babel/core';
import { analyse, CALLS } from './analysis.ts';
import type { Node, Statement } from './build.ts';
import { block, call, declare, id, statement } from './build.ts';
import { withoutLinks } from './countable.ts';
import { escapeSites, mentionsSite } from './escape.ts';
import { heldNames, ignoredLines, ignoresFile } from './filter.ts';
import { enter, leave, lengthen, tsrace } from './hooks.ts';
import { topLevelNames } from './pure-functions.ts';
import { newFrame, temporaries } from './rewrite/function.ts';
import { heldBack, isStrict } from './rewrite/hoisting.ts';
import { Rewriter } from './rewriter.ts';
import type { Scope } from './scope.ts';
import type { Sites } from './sites.ts';

export interface ProgramOptions {
  code: string;
  sites: Sites;
  /** Babel's `VISITOR_KEYS` */
  keys: Record<string, string[]>;
  sourceType: 'module' | 'commonjs' | 'script';
  countable?: boolean;
}

export function rewriteProgram(file: t.File, options: ProgramOptions): { hasDecorators: boolean } {
  const { program } = file;
  const comments = file.comments ?? [];
  if (mentionsSite(options.code)) escapeSites(file, options.keys);
  const analysis = analyse(program, options.keys);
  const { hasDecorators } = analysis;
  if (ignoresFile(comments) || analysis.foreign.has(program)) return { hasDecorators };
  const { sites, sourceType, countable = false } = options;
  // in a script they are everybody's, and its last value is its own
  const pure =
    sourceType === 'script' ? [] : topLevelNames(analysis.scopes.get(program) as Scope, analysis.pure);
  const r = new Rewriter({ analysis, sites, ignored: ignoredLines(comments), sourceType, countable });
  const script = sourceType === 'script';
  const bits = analysis.effects.get(program) ?? 0;
  r.scope = analysis.scopes.get(program)!;
  r.frame = newFrame(r, '<module>', bits, {
    depth: script ? null : r.depthName,
    async: true,
    statements: !script,
  });
  r.visit(program as Node);
  const held = heldNames(comments);
  if (held.size > 0 && !isStrict(r.scope, false))
    program.body = heldBack(program.body, held, () => r.local('v'));
  lengthen(r.frame.hot);
  const start = temporaries(r.frame.temps);
  const end: Statement[] = [];
  if (pure.length > 0) end.push(statement(call(tsrace('x'), pure.map(id))));
  if (bits & CALLS) {
    if (script) {
      // A declaration in a block leaves no name behind, and the program's completion value as it is.
      start.push(block([declare('const', [[id(r.depthName), enter()]])]));
      const down = { ...enter(), operator: '--' } as t.UpdateExpression;
      end.push(block([declare('const', [[id(r.depthName), down]])]));
    } else {
      start.push(declare(r.frame.suspends ? 'let' : 'const', [[id(r.depthName), enter()]]));
      end.push(statement(leave(r.depthName, r.frame.suspends)));
    }
  }
  const at = sourceType === 'module' ? importsAtStart(program) : 0;
  if (at > 0) onLineOfNext([...start, ...program.body.slice(at)]);
  program.body = [...program.body.slice(0, at), ...start, ...program.body.slice(at), ...end];
  if (countable) withoutLinks(program, options.keys);
  return { hasDecorators };
}

/** Node shows the line of an import that cannot be linked: those lines stay the user's. */
function importsAtStart({ body }: t.Program): number {
  const at = body.findIndex(({ type }) => type !== 'ImportDeclaration');
  return at < 0 ? body.length : at;
}

/** What was added before the first statement of the user's goes to its line. */
function onLineOfNext(statements: readonly Statement[]): void {
  const next = statements.findIndex(({ loc }) => loc);
  for (const added of statements.slice(0, Math.max(next, 0))) added.loc = statements[next]!.loc ?? null;
}
