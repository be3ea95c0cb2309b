/**
 * Sees to it that nothing of the user's is spelled like a site, so that `relocate` touches sites only.
 * A number is printed in decimal (also the sites of code that is instrumented already: they are numbers of
 * the process by now); in strings, templates and regular expressions the underscore is written `\x5f`.
 * The raw text of a tagged template cannot be changed unseen and stays.
 */
import type { types as t } from '@babel/core';
import type { Node } from './build.ts';
import { SITE_PATTERN } from './relocate.ts';

export const mentionsSite = (text: string): boolean => text.search(SITE_PATTERN) >= 0;

const escaped = (raw: string, underscore = '\\x5f'): string =>
  raw.replace(SITE_PATTERN, (literal) => literal.replace('_', underscore));

export function escapeSites(file: t.File, keys: Record<string, string[]>): void {
  for (const comment of file.comments ?? []) comment.value = escaped(comment.value, '-');
  escapeIn(file.program, keys, false);
}

function escapeIn(node: Node, keys: Record<string, string[]>, tagged: boolean): void {
  switch (node.type) {
    case 'NumericLiteral':
    case 'BigIntLiteral':
      if (mentionsSite(String(node.extra?.['raw'] ?? ''))) delete node.extra;
      return;
    case 'StringLiteral':
    case 'DirectiveLiteral':
      if (node.extra?.['raw']) node.extra['raw'] = escaped(String(node.extra['raw']));
      return;
    case 'TemplateElement':
      if (!tagged) node.value.raw = escaped(node.value.raw);
      return;
    case 'RegExpLiteral':
      node.pattern = escaped(node.pattern);
      delete node.extra;
      return;
    case 'JSXText':
      if (node.extra?.['raw']) node.extra['raw'] = escaped(String(node.extra['raw']), '&#95;');
      return;
  }
  for (const key of keys[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key];
    const isQuasi = node.type === 'TaggedTemplateExpression' && key === 'quasi';
    for (const item of Array.isArray(child) ? child : [child]) {
      if (!item) continue;
      escapeIn(
        item as Node,
        keys,
        isQuasi || (tagged && node.type === 'TemplateLiteral' && key === 'quasis'),
      );
    }
  }
}
