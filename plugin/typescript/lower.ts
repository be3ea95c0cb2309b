/**
 * What TypeScript means by a few constructs, where Babel's own pass refuses it or does something else. All of it
 * is done after our rewrite and before Babel's passes, in place.
 */
import type { types as t } from '@babel/core';
import type { Node } from '../build.ts';
import { decorate, HELPER } from './decorators.ts';
import { assignedFields } from './fields.ts';
import { liveExports } from './namespaces.ts';

export interface LowerOptions {
  /** Babel's `VISITOR_KEYS` */
  keys: Record<string, string[]>;
  /** `useDefineForClassFields: false` */
  assignFields: boolean;
  experimentalDecorators: boolean;
}

export function lowerTypeScript({ program }: t.File, options: LowerOptions): void {
  liveExports(program.body);
  if (!options.assignFields && !options.experimentalDecorators) return;
  let helped = false;
  const walk = (node: Node): void => {
    if (node.type === 'ClassBody') {
      if (options.assignFields) assignedFields(node);
    } else if (options.experimentalDecorators && 'body' in node && isClass(node)) {
      helped = decorate(node) || helped;
    }
    for (const key of options.keys[node.type] ?? []) {
      for (const child of [(node as unknown as Record<string, Node | null | (Node | null)[]>)[key]].flat())
        if (child) walk(child);
    }
  };
  walk(program);
  if (helped) program.body.unshift(HELPER());
}

const isClass = (node: Node): node is t.ClassDeclaration | t.ClassExpression =>
  node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
