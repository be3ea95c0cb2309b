// The sections, in the order they run and are printed. Each measures (`measure` → plain data that goes to JSON), and makes
// tables of what it measured (`tables`), which decide nothing. One that needs what is not everywhere says what is missing
// (`unavailable`).
import { chromium } from './chromium.mjs';
import { growth } from './growth.mjs';
import { kernels } from './kernels.mjs';
import { operations } from './operations.mjs';
import { startUp } from './start-up.mjs';
import { transform } from './transform.mjs';

export const SECTIONS = { kernels, 'start-up': startUp, transform, operations, growth, chromium };

/** All tables of a run, from its JSON. */
export const tablesOf = ({ sections }) =>
  Object.entries(SECTIONS).flatMap(([name, { tables }]) => (sections[name] ? tables(sections[name]) : []));

/** Did a program fail anywhere in what was measured? */
export const hasFailed = (results) =>
  results !== null &&
  typeof results === 'object' &&
  ('failed' in results || Object.values(results).some(hasFailed));
