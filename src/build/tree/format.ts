/** ES module or CommonJS, as tsc decides: where the package says nothing, its settings do, and then the syntax. */
import { type Format, formatOf, type Language } from '../../loader/language.ts';
import { becomesCommonJS } from '../../loader/tsconfig.ts';

export function formatFor(file: string, { typescript }: Language): Format | undefined {
  const format = formatOf(file);
  if (format !== undefined || !typescript) return format;
  return becomesCommonJS(file) ? 'commonjs' : undefined;
}
