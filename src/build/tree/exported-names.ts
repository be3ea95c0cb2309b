/**
 * Node finds the names that an ES module can import from CommonJS by a look at its text, with a lexer that knows how
 * people and compilers write them. Where instrumented code no longer looks so, the names are said again, in a
 * statement that does nothing (the way of esbuild).
 */
import { initSync, parse } from 'cjs-module-lexer';

/** What to append to `made`, which was `original`. */
export function sayNames(original: string, made: string): string {
  const wanted = look(original);
  const found = look(made);
  const names = wanted.exports.filter((name) => !found.exports.includes(name));
  const modules = wanted.reexports.filter((name) => !found.reexports.includes(name));
  if (names.length === 0 && modules.length === 0) return '';
  const said = [
    ...names.map((name) => `${JSON.stringify(name)}: exports`),
    ...[...modules, ...(modules.length > 0 ? found.reexports : [])].map(
      (name) => `...require(${JSON.stringify(name)})`,
    ),
  ];
  return `\n0 && (module.exports = { ${said.join(', ')} });`;
}

function look(code: string): { exports: string[]; reexports: string[] } {
  try {
    initSync();
    return parse(code);
  } catch {
    return { exports: [], reexports: [] };
  }
}
