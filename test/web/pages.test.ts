/** Each page of fixtures/web reports what it declares, in a real browser, and is otherwise as without tsrace. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, explain } from '../fixtures/compare.ts';
import { openSite, pages, type Site } from './pages.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

describe('verdicts', () => {
  for (const page of pages()) {
    for (const order of page.declared.orders) {
      test(`${page.name}${order === '' ? '' : ` ${order}`}`, async () => {
        const [plain, checked] = await Promise.all([
          site.run(page, order, 'plain'),
          site.run(page, order, 'checked'),
        ]);
        expect(plain.stderr, 'it does not run at all').toBe('');
        const verdict = compare(page.declared, plain, checked);
        expect(explain(verdict, checked)).toBe('');
      });
    }
  }
});
