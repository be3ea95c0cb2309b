/** `fixtures/transform/<name>/input.*` → `output.js`. `UPDATE=1` writes what comes out. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type InstrumentOptions, instrument } from '../../plugin/instrument.ts';

const DIR = fileURLToPath(new URL('../../fixtures/transform', import.meta.url));

describe.each(readdirSync(DIR).filter((name) => name !== 'exec' && name !== 'tsc'))('%s', (name) => {
  it('becomes what its output says', () => {
    const dir = join(DIR, name);
    const input = readdirSync(dir).find((file) => file.startsWith('input.'))!;
    const options = join(dir, 'options.json');
    const { code } = instrument(
      readFileSync(join(dir, input), 'utf8'),
      input,
      existsSync(options) ? (JSON.parse(readFileSync(options, 'utf8')) as InstrumentOptions) : {},
    );
    const output = join(dir, 'output.js');
    if (process.env['UPDATE'] || !existsSync(output)) writeFileSync(output, `${code}\n`);
    expect(`${code}\n`).toBe(readFileSync(output, 'utf8'));
  });
});
