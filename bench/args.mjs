// The command line. What is wrong with it is said in one line, before anything runs for half an hour.
import { closeSync, openSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { REGIMES } from './sections/kernels.mjs';
import { WORK } from './work.mjs';

export class Misuse extends Error {}

/** Sections that kernels can be chosen of. */
const OF_KERNELS = ['kernels', 'chromium'];

/** @param sections their names */
export function parse(argv, sections) {
  const { values, positionals } = read(argv);
  const kernels = positionals.filter((name) => Object.hasOwn(WORK, name));
  const named = positionals.filter((name) => sections.includes(name));
  const unknown = positionals.find((name) => !kernels.includes(name) && !named.includes(name));
  if (unknown !== undefined) {
    const known = `sections: ${sections.join(', ')}; kernels: ${Object.keys(WORK).join(', ')}`;
    throw new Misuse(`there is no section or kernel ${JSON.stringify(unknown)} (${known})`);
  }
  if (kernels.length > 0 && !named.some((name) => OF_KERNELS.includes(name))) named.push('kernels');
  const { regime, quick, json } = values;
  if (regime !== 'both' && !REGIMES.includes(regime)) {
    throw new Misuse(`--regime must be both, ${REGIMES.join(' or ')}, not ${JSON.stringify(regime)}`);
  }
  const rounds = values.rounds ?? (quick ? '1' : '5');
  if (!/^[1-9]\d{0,2}$/.test(rounds)) {
    throw new Misuse(`--rounds must be a whole number from 1 to 999, not ${JSON.stringify(rounds)}`);
  }
  if (json !== undefined) checkWritable(json);
  return {
    sections: named.length > 0 ? sections.filter((name) => named.includes(name)) : sections,
    named,
    kernels: kernels.length > 0 ? kernels : Object.keys(WORK),
    regimes: regime === 'both' ? REGIMES : [regime],
    rounds: Number(rounds),
    quick,
    json,
  };
}

function read(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        regime: { type: 'string', default: 'both' },
        json: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Misuse(error.message.split('\n')[0]);
  }
}

function checkWritable(file) {
  try {
    closeSync(openSync(file, 'a'));
  } catch ({ code }) {
    throw new Misuse(
      `--json ${JSON.stringify(file)} cannot be written (${code}): name a file in a folder that is there`,
    );
  }
}
