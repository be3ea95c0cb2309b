/**
 * What is left alone: files and lines that say so in a comment, and code that is instrumented already
 * (`fn.toString()` of an instrumented function that is evaluated in another thread).
 */
import type { types as t } from '@babel/core';
import { GLOBAL_NAME, HELD } from '../runtime/interface.ts';

const IGNORE_FILE = /^\s*tsrace-ignore-file\b/;
const IGNORE_NEXT_LINE = /^\s*tsrace-ignore-next-line\b/;

export function ignoresFile(comments: readonly t.Comment[]): boolean {
  return comments.some((comment) => IGNORE_FILE.test(comment.value));
}

/** The names that code for a direct `eval` must not declare (rewrite/hoisting.ts). */
export function heldNames(comments: readonly t.Comment[]): Set<string> {
  const value = comments.at(-1)?.value.trim().split(' ') ?? [];
  return new Set(value[0] === HELD ? value.slice(1) : []);
}

/** The lines whose accesses are not recorded. */
export function ignoredLines(comments: readonly t.Comment[]): Set<number> {
  const lines = new Set<number>();
  for (const { value, loc } of comments) if (loc && IGNORE_NEXT_LINE.test(value)) lines.add(loc.end.line + 1);
  return lines;
}

/**
 * `Object.keys(_x).forEach(function (key) { … exports[key] … })`: how compilers re-export. Node finds the names
 * of a CommonJS module by this very text.
 */
export const isReExport = (text: string): boolean =>
  /^Object\s*\.\s*keys\s*\(\s*\w+\s*\)\s*\.\s*forEach\s*\(\s*function[\s\S]*\bexports\b/.test(text);

/** A mention of the runtime: the function, class or file whose own code holds it has been here before. */
export const isMention = (name: string): boolean => name === GLOBAL_NAME;
