/** Each page of fixtures/web reports what it declares, in a real browser, and is otherwise as without tsrace. */
import { afterAll, beforeAll } from 'vitest';
import { openSite, pages, type Site } from './pages.ts';
import { verdicts } from './verdicts.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

verdicts(pages(), () => site);
