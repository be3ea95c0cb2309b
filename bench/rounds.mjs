// Interleaved rounds: each runs every variant once, so that what changes slowly (heat, other load) meets all of them.
// A round that was disturbed is made again, at most as often as rounds are wanted; then the least disturbed ones count.
import * as machineLoad from './load.mjs';

/**
 * @param variants name → function that runs it once, in this order in each round
 * @param load     who knows what others do
 * @returns `samples`: name → results, one a round; `repeated` rounds; `disturbed`: how many of the samples still are
 */
export async function interleaved({ rounds, quick }, variants, load = machineLoad) {
  const made = [];
  const quiet = () => made.filter(({ others }) => !load.isDisturbed(others));
  while (quiet().length < rounds && made.length < (quick ? rounds : 2 * rounds)) {
    if (!quick && load.isDisturbed(made.at(-1)?.others)) await load.untilQuiet();
    const since = load.watchLoad();
    const results = {};
    for (const [name, run] of Object.entries(variants)) results[name] = await run();
    made.push({ results, others: since() });
  }
  const kept = made.toSorted((a, b) => (a.others ?? 0) - (b.others ?? 0)).slice(0, rounds);
  return {
    samples: Object.fromEntries(
      Object.keys(variants).map((name) => [name, kept.map(({ results }) => results[name])]),
    ),
    others: kept.map(({ others }) => others ?? null),
    repeated: made.length - rounds,
    disturbed: kept.filter(({ others }) => load.isDisturbed(others)).length,
  };
}
