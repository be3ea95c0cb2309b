/** Which of the two module systems a TypeScript file is written in, once its types are gone. */
import type { types as t } from '@babel/core';

/** Does anything stay that only an ES module (or a compiler to CommonJS) takes? */
export function usesModuleSyntax({ body, sourceType }: t.Program, code: string): boolean {
  if (sourceType !== 'module') return false;
  let erased = false;
  for (const { type, ...item } of body as (t.Statement & { importKind?: string; exportKind?: string })[]) {
    if (type === 'TSImportEqualsDeclaration' || type === 'TSExportAssignment') erased = true;
    if (!/^(Import|Export(Named|Default|All))Declaration$/.test(type)) continue;
    if (item.importKind !== 'type' && item.exportKind !== 'type') return true;
    erased = true;
  }
  // what else makes it a module is import.meta or a top-level await
  return !erased || /\bimport\s*\.\s*meta\b/.test(code);
}
