/** Pages report what they declare, in each order, and are otherwise as without tsrace. */
import { describe, expect, test } from 'vitest';
import { compare, explain } from '../fixtures/compare.ts';
import type { Page, Site } from './pages.ts';

export function verdicts(pages: readonly Page[], site: () => Site, options: { timeout?: number } = {}): void {
  describe('verdicts', () => {
    for (const page of pages) {
      for (const order of page.declared.orders) {
        test(`${page.name}${order === '' ? '' : ` ${order}`}`, options, async () => {
          const [plain, checked] = await Promise.all([
            site().run(page, order, 'plain'),
            site().run(page, order, 'checked'),
          ]);
          expect(plain.stderr, 'it does not run at all').toBe('');
          const verdict = compare(page.declared, plain, checked);
          expect(explain(verdict, checked)).toBe('');
        });
      }
    }
  });
}
