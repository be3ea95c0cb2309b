// Writes the table of options (src/options.ts) between the markers in README.md; with --check only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { flagOf, OPTIONS } from '../dist/src/options.js';

const row = ({ name, value, default: fallback, description }) =>
  `| \`${flagOf(name)} ${value.replaceAll('|', '\\|')}\` | \`${name}\` | ${Array.isArray(fallback) || fallback === '' ? '' : `\`${Number(fallback) || (fallback === false ? 0 : fallback)}\``} | ${description} |`;
const table = ['| flag | in `TSRACE` | default | |', '|---|---|---|---|', ...OPTIONS.map(row)].join('\n');
const readme = existsSync('README.md') ? readFileSync('README.md', 'utf8') : '';
const written = readme.replace(
  /(<!-- options -->\n)[\s\S]*?(<!-- \/options -->)/,
  (_, start, end) => `${start}${table}\n${end}`,
);
if (!process.argv.includes('--check')) {
  if (readme === '') console.log(table);
  else writeFileSync('README.md', written);
} else if (written !== readme) {
  console.error('README.md: the table of options is old; run node scripts/options-table.mjs');
  process.exitCode = 1;
}
