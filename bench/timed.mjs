// Programs that time themselves, and print `checksum=… seconds=…`: plain against tsrace, as one row of a table.
import { Failure, launch } from './launch.mjs';
import { median } from './numbers.mjs';
import { interleaved } from './rounds.mjs';

/** One run of it: seconds, checksum, peak memory. */
export async function time(project, traced, program, args) {
  const { stdout, peakMiB } = await launch(project, traced, program, args, { peak: true });
  const [, checksum, seconds] = /checksum=(\S+) seconds=([\d.]+)/.exec(stdout) ?? [];
  if (seconds === undefined) throw new Failure(`printed no result: ${stdout.slice(0, 200)}`);
  return { seconds: Number(seconds), checksum, peakMiB };
}

/** @param warmUp arguments of a short run: it fills the transform cache, and its results are compared as well */
export async function timePair(project, options, name, program, args, warmUp = args) {
  const short = [];
  if (!options.quick) {
    for (const traced of [false, true]) short.push(await time(project, traced, program, warmUp));
  }
  const measured = await interleaved(options, {
    plain: () => time(project, false, program, args),
    tsrace: () => time(project, true, program, args),
  });
  const { plain, tsrace } = measured.samples;
  const of = (runs, key) => median(runs.map((run) => run[key]));
  const differs = (runs) => new Set(runs.map(({ checksum }) => checksum)).size > 1;
  if (differs(short) || differs([...plain, ...tsrace])) throw new Failure('the results of the two differ');
  return {
    name,
    plain: { seconds: of(plain, 'seconds'), peakMiB: of(plain, 'peakMiB') },
    tsrace: { seconds: of(tsrace, 'seconds'), peakMiB: of(tsrace, 'peakMiB') },
    slowdown: of(tsrace, 'seconds') / of(plain, 'seconds'),
    overMiB: of(tsrace, 'peakMiB') - of(plain, 'peakMiB'),
    memory: of(tsrace, 'peakMiB') / of(plain, 'peakMiB'),
    ...measured,
  };
}
