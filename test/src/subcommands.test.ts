import { describe, expect, test } from 'vitest';
import { parseSubcommand, type Usage } from '../../src/cli/arguments.ts';
import { SUBCOMMANDS, subcommandOf } from '../../src/cli/subcommands.ts';
import { OptionError } from '../../src/options.ts';

describe('the first word decides', () => {
  const run = { run: () => Promise.resolve(0) };
  const table = new Map([['view', { usage: '', description: '', load: () => Promise.resolve(run) }]]);
  test('a subcommand gets the rest', () => {
    expect(subcommandOf(['view', '--x', 'a'], table)).toMatchObject({ args: ['--x', 'a'] });
  });
  test.for([[[]], [['--', 'view']], [['--json', 'x', 'view']], [['./view']], [['constructor']]])(
    '%j',
    ([argv]) => {
      expect(subcommandOf(argv!, table)).toBeUndefined();
    },
  );
});

test('every subcommand loads', async () => {
  for (const { load } of SUBCOMMANDS.values()) expect((await load()).run).toBeTypeOf('function');
});

describe('arguments of a subcommand', () => {
  const usage: Usage = {
    name: 'join',
    synopsis: 'FILE... -o FILE',
    description: 'Joins.',
    flags: {
      output: { alias: 'o', type: 'string', description: 'where to' },
      quiet: { type: 'boolean' },
    },
    files: { name: 'file', least: 1, most: 2 },
  };

  test('flags stand anywhere', async () => {
    const parsed = await parseSubcommand(usage, ['1.json', '-o', 'x', '2']);
    expect(parsed).toMatchObject({ files: ['1.json', '2'], flags: { output: 'x' } });
    expect(await parseSubcommand(usage, ['-o=y', '--', '-o'])).toMatchObject({ files: ['-o'] });
  });

  test('given twice, the last one counts, or all of a list', async () => {
    const lists: Usage = { ...usage, flags: { ...usage.flags, exclude: { type: 'array', nargs: 1 } } };
    const { flags } = (await parseSubcommand(lists, [
      ...['-o', 'x', '--exclude', 'a', '1', '--output=y', '--exclude=b', '--quiet', '--quiet'],
    ])) as { flags: object };
    expect(flags).toMatchObject({ output: 'y', exclude: ['a', 'b'], quiet: true });
  });

  test('--help', async () => {
    expect(await parseSubcommand(usage, ['--help'])).toMatch(
      /^Usage: tsrace join FILE\.\.\. -o FILE\n\nJoins\.[\s\S]*--output[\s\S]*where to/,
    );
  });

  test.for<[string[], string]>([
    [[], 'join takes 1 to 2 files, and 0 came: tsrace join --help'],
    [['a', 'b', 'c'], 'join takes 1 to 2 files, and 3 came'],
    [['--nonsense', 'a'], 'unknown option --nonsense: tsrace join --help'],
    [['a', '-o'], '-o needs a value: tsrace join --help'],
    [['a', '--output', '--quiet'], '--output needs a value'],
    [['--\u001b[2J', 'a'], 'unknown option --\\u001b[2J'],
  ])('%j is refused', async ([args, message]) => {
    await expect(parseSubcommand(usage, args)).rejects.toThrow(OptionError);
    await expect(parseSubcommand(usage, args)).rejects.toThrow(message);
  });
});
