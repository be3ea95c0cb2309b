// What tsrace costs, against plain Node in the same run: `npm run bench`, or after a build
//
//   node bench/run.mjs [section or kernel …] [--rounds 5] [--regime both|as-is|barrier] [--quick] [--json FILE]
//
// Sections: kernels, start-up, transform, operations, growth, chromium; all of them take about half an hour. `--quick`
// makes one round of next to no work: it shows that the bench works, and says nothing about speed.
// `node scripts/bench-table.mjs` writes what `--json` has into README.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Misuse, parse } from './args.mjs';
import { machine } from './machine.mjs';
import { createProject } from './project.mjs';
import { hasFailed, SECTIONS } from './sections/index.mjs';
import { toText } from './tables.mjs';

try {
  const options = parse(process.argv.slice(2), Object.keys(SECTIONS));
  if (!existsSync(join(import.meta.dirname, '../dist/register.cjs'))) {
    throw new Misuse('there is no dist/: run npm run build first');
  }
  await bench(options);
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 2;
}

async function bench(options) {
  const { rounds, quick, json } = options;
  const missing = options.sections.flatMap((name) => {
    const why = SECTIONS[name].unavailable?.();
    return why === undefined ? [] : [[name, why]];
  });
  for (const [name, why] of missing) {
    if (options.named.includes(name)) throw new Misuse(`${name}: ${why}`);
    console.log(`${name} is left out: ${why}\n`);
  }
  const sections = options.sections.filter((name) => !missing.some(([other]) => other === name));
  const project = createProject();
  if (quick) console.log('A quick run shows that the bench works. Its figures say nothing about speed.\n');
  const results = { machine: machine(), rounds, quick, sections: {} };
  for (const name of sections) {
    const section = SECTIONS[name];
    results.sections[name] = await section.measure(project, options);
    for (const table of section.tables(results.sections[name])) console.log(`${toText(table)}\n`);
    // so that a run that is stopped leaves what it had
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  }
  if (hasFailed(results.sections)) process.exitCode = 1;
}
