/**
 * A Node that runs TypeScript itself only takes the types away, and reads no tsconfig: fields are defined, and an import
 * that is not marked as a type is loaded, whether or not its names are used as values. What it cannot run so (enums,
 * decorators, …) runs by TypeScript's rules alone.
 */
import type { types as t } from '@babel/core';
import { importOf, type Node, type Statement } from '../build.ts';

type Keys = Record<string, string[]>;

export function isErasable(node: Node, keys: Keys): boolean {
  switch (node.type) {
    case 'TSParameterProperty':
    case 'TSImportEqualsDeclaration':
    case 'TSExportAssignment':
    case 'Decorator':
      return false;
    case 'TSEnumDeclaration':
    case 'TSModuleDeclaration':
      return node.declare === true;
  }
  for (const key of keys[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key];
    for (const item of Array.isArray(child) ? child : [child]) {
      if (item && !isErasable(item as Node, keys)) return false;
    }
  }
  return true;
}

/** Babel drops what TypeScript would; the module stays. */
export function keepImports(program: t.Program): void {
  program.body = program.body.flatMap((node): Statement[] =>
    node.type === 'ImportDeclaration' && node.importKind !== 'type' && node.specifiers.length > 0
      ? [importOf(node.source, node.attributes ?? null), node]
      : [node],
  );
}
