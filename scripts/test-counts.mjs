// node scripts/test-counts.mjs RESULTS STATUS: "passed failed" of the results that vitest wrote as JSON. An end that no
// test explains (an error outside of tests, no results at all) counts as a failure.
import { readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);
let results = { numPassedTests: 0, numFailedTests: 0 };
try {
  results = JSON.parse(readFileSync(file, 'utf8'));
} catch {
  // counted below
}
const unexplained = results.numFailedTests === 0 && status !== '0' ? 1 : 0;
console.log(results.numPassedTests, results.numFailedTests + unexplained);
