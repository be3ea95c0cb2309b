// node scripts/bench-table.mjs [--check] [RESULTS [README]]: writes what `npm run bench -- --json bench/results.json`
// measured between the markers in README.md; with --check only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { tablesOf } from '../bench/sections/index.mjs';
import { toMarkdown } from '../bench/tables.mjs';

const MARKED = /(<!-- bench[^>]*-->\n)[\s\S]*?(<!-- \/bench -->)/;

class Misuse extends Error {}

try {
  main();
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  console.error(`bench-table: ${error.message}`);
  process.exitCode = 2;
}

function main() {
  const { check, resultsFile, readmeFile } = parse();
  const block = blockOf(resultsFile);
  const readme = read(readmeFile);
  if (!MARKED.test(readme)) {
    throw new Misuse(
      `${JSON.stringify(readmeFile)} has no lines <!-- bench --> and <!-- /bench -->: add them`,
    );
  }
  const written = readme.replace(MARKED, (_, start, end) => `${start}${block}\n${end}`);
  if (!check) {
    writeFileSync(readmeFile, written);
  } else if (written !== readme) {
    console.error(`${readmeFile}: the tables of figures are old; run node scripts/bench-table.mjs`);
    process.exitCode = 1;
  }
}

function parse() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { check: { type: 'boolean', default: false } },
    });
    const [resultsFile = 'bench/results.json', readmeFile = 'README.md'] = positionals;
    return { ...values, resultsFile, readmeFile };
  } catch (error) {
    throw new Misuse(error.message.split('\n')[0]);
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch ({ code }) {
    throw new Misuse(`${JSON.stringify(file)} cannot be read (${code})`);
  }
}

function blockOf(file) {
  const text = read(file);
  const name = JSON.stringify(file);
  const again = 'run npm run bench -- --json FILE';
  let results;
  try {
    results = JSON.parse(text);
  } catch {
    throw new Misuse(`${name} is no JSON: ${again}`);
  }
  if (results?.quick === true) {
    throw new Misuse(`${name} is of a quick run, which says nothing about speed: ${again}, without --quick`);
  }
  let tables;
  try {
    tables = [factsOf(results), ...tablesOf(results).map(toMarkdown)];
  } catch {
    throw new Misuse(`${name} is nothing that npm run bench wrote: ${again}`);
  }
  return `\n${tables.join('\n\n')}\n`;
}

function factsOf({ rounds, machine: { node, platform, arch, cpu, cores, memoryGiB } }) {
  const of = rounds === 1 ? 'one round' : `${rounds} rounds`;
  return `Medians of ${of}, Node ${node.slice(1)} on ${platform} ${arch}, ${cpu}, ${cores} cores, ${memoryGiB} GiB.`;
}
