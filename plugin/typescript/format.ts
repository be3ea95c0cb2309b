/** Which of the two module systems a TypeScript file is written in, once its types are gone. */
import type { types as t } from '@babel/core';

/** Does anything stay that only an ES module (or a compiler to CommonJS) takes? An `export` in a namespace is no such. */
export function usesModuleSyntax({ body, sourceType }: t.Program, code: string): boolean {
  if (sourceType !== 'module') return false;
  const stays = (item: t.Statement & { importKind?: string | null; exportKind?: string | null }): boolean =>
    /^(Import|Export(Named|Default|All))Declaration$/.test(item.type) &&
    item.importKind !== 'type' &&
    item.exportKind !== 'type';
  return body.some(stays) || /\bimport\s*\.\s*meta\b/.test(code);
}
