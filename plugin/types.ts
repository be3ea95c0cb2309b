/** What of TypeScript's syntax runs, and what is only said to the compiler. */
import type { types as t } from '@babel/core';
import type { Expression, Node } from './build.ts';

const RUNS: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'TSEnumDeclaration',
  'TSEnumBody',
  'TSEnumMember',
  'TSModuleDeclaration',
  'TSModuleBlock',
  'TSExportAssignment',
  'TSImportEqualsDeclaration',
  'TSParameterProperty',
]);

const WRAPPERS: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'ParenthesizedExpression',
]);

/** Never rewritten, never looked into. */
export function isTypeOnly(node: Node): boolean {
  if (node.type.startsWith('TS')) {
    if (!RUNS.has(node.type)) return true;
  } else if (node.type === 'TypeAnnotation' || node.type === 'TypeParameterInstantiation') return true;
  if ((node as t.VariableDeclaration).declare === true) return true;
  return (
    (node.type === 'ExportNamedDeclaration' && node.exportKind === 'type') ||
    (node.type === 'ImportDeclaration' && node.importKind === 'type') ||
    (node.type === 'ClassProperty' && (node as t.ClassProperty & { abstract?: boolean }).abstract === true)
  );
}

export const isWrapper = (node: Node): boolean => WRAPPERS.has(node.type);

/** `(a as any)!` is `a`. */
export function unwrap<T extends Node>(node: T): T | Expression {
  let inner: T | Expression = node;
  while (isWrapper(inner)) inner = (inner as unknown as { expression: Expression }).expression;
  return inner;
}
