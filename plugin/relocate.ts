/**
 * Gives the sites of one file their numbers in the process: adds `base` to every site literal. The width of
 * a literal never changes, so columns and source maps stay right. `instrument` sees to it that nothing of
 * the user's is spelled like a site.
 */
import { SITE_MARKER } from '../runtime/interface.ts';

const DIGITS = 7;

/** What a site literal looks like. Also used to find the user's own text that looks like one. */
export const SITE_PATTERN: RegExp = new RegExp(`${SITE_MARKER}([0-9a-f]{${DIGITS}})`, 'g');

export function relocate(code: string, base: number): string {
  return code.replace(SITE_PATTERN, (_literal, digits: string) => {
    const site = Number.parseInt(digits, 16) + base;
    return SITE_MARKER + site.toString(16).padStart(DIGITS, '0');
  });
}
