/** `tsrace check`: the races of a trace, found offline from every access in it. */
import { OptionError, type Options } from '../../options.ts';
import { renderJson } from '../../report/render/json.ts';
import { renderText, renderTotal } from '../../report/render/text.ts';
import type { RaceDocument, Report } from '../../report/report.ts';
import { SourceLines } from '../../report/source-lines.ts';
import { styleFor } from '../../report/style.ts';
import { threadReport } from '../../report/symbolize.ts';
import { writeFully } from '../../report/write.ts';
import { checkRaces, Reporter } from '../../trace/check.ts';
import { quoted, TraceFile } from '../../trace/file.ts';
import { Replay } from '../../trace/replay.ts';
import { version } from '../../version.ts';
import { ProjectFiles } from '../../view/project-files.ts';
import { parseSubcommand, type Usage } from '../arguments.ts';
import { writeWhole } from '../output.ts';
import { checkFile } from '../places.ts';

const COLORS = ['auto', 'always', 'never'];

const USAGE: Usage = {
  name: 'check',
  synopsis: 'TRACE [options]',
  description:
    'Finds every pair of conflicting accesses that nothing orders in a trace that tsrace --trace has written. The exit code is 66 if there are any, and 0 if not.',
  flags: {
    json: { type: 'string', description: 'also write the races to FILE, - for stdout' },
    color: { type: 'string', description: `${COLORS.join(', ')} (default: auto)` },
  },
  files: { name: 'trace', least: 1, most: 1 },
  examples: ['tsrace --trace run.trace node app.ts', 'tsrace check run.trace --json races.json'],
};

export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const given = await parseSubcommand(USAGE, args);
  if (typeof given === 'string') {
    writeFully(1, given);
    return 0;
  }
  const json = given.flags['json'] as string | undefined;
  if (json === '') throw new OptionError('--json needs a value: tsrace check --help');
  if (json !== undefined && json !== '-') checkFile('json', json);
  const color = (given.flags['color'] ?? 'auto') as Options['color'];
  if (!COLORS.includes(color))
    throw new OptionError(`--color must be one of ${COLORS.join(', ')}, not ${JSON.stringify(color)}`);

  const trace = new TraceFile(given.files[0]!);
  try {
    const { document, reports, limits } = check(trace, new ProjectFiles(process.cwd()));
    const stream = json === '-' ? 2 : 1;
    const { columns } = stream === 1 ? process.stdout : process.stderr;
    const style = styleFor({ fd: stream, color, columns, prefix: trace.run?.prefix ?? '' }, env);
    for (const report of reports) writeFully(stream, renderText(report, style));
    const { races, accessesChecked, threads } = document.summary;
    writeFully(
      stream,
      races > 0
        ? renderTotal(document.races, reports.length)
        : `No data race in ${accessesChecked} accesses by ${threads} ${threads === 1 ? 'thread' : 'threads'}.\n`,
    );
    for (const limit of limits) writeFully(2, `tsrace: ${quoted(trace.name)}: ${limit}\n`);
    if (json !== undefined) writeWhole('--json', json, renderJson(document));
    return races > 0 ? 66 : 0;
  } finally {
    trace.close();
  }
}

interface Answer {
  document: RaceDocument;
  reports: Report[];
  /** why there may be more */
  limits: string[];
}

function check(trace: TraceFile, files: ProjectFiles): Answer {
  const started = Date.now();
  const prefix = trace.run?.prefix ?? '';
  const reports = new Map<string, Report>();
  const threads: RaceDocument['threads'] = [];
  const limits = new Set(trace.missing);
  const sums = { sharedBuffers: 0, accessesChecked: 0, syncEvents: 0 };
  for (const process of trace.processes) {
    const replay = new Replay(process, (chunk) => trace.read(chunk));
    const source = new SourceLines(prefix, undefined, files.reader());
    const reporter = new Reporter(replay, prefix, source);
    const { accesses, overflown } = checkRaces(replay, (race, thread) => {
      const report = reporter.report(race, thread);
      const known = reports.get(report.race.id);
      if (known === undefined) reports.set(report.race.id, report);
      else known.race.count++;
    });
    sums.accessesChecked += accesses;
    sums.sharedBuffers += replay.names.buffers;
    sums.syncEvents += replay.threads.reduce((sum, thread) => sum + thread.events, 0);
    if (overflown) limits.add('more different places than there is memory for: the rest was not checked');
    if (replay.contradictory) limits.add('its clocks contradict each other: it is damaged, or made up');
    if (replay.damaged > 0) limits.add('the records of a thread are damaged; what came after is left out');
    for (const info of replay.names.threads())
      threads.push(
        threadReport(info, { frames: (stack) => replay.names.frames(stack) }, process.pid, prefix),
      );
  }
  const sampled = trace.run?.accesses ?? 'all';
  if (sampled === 'none') limits.add('it has no accesses (--trace-accesses none), so no race can be found');
  else if (/^\d+$/.test(sampled) && sampled !== '1')
    limits.add(`it has the accesses to one block in ${sampled} only (--trace-accesses)`);
  const races = [...reports.values()].map(({ race }) => race);
  return {
    reports: [...reports.values()],
    limits: [...limits],
    document: {
      schemaVersion: 1,
      tool: { name: 'tsrace', version },
      command: trace.run?.command ?? [],
      startedAt: new Date(started).toISOString(),
      durationMs: Date.now() - started,
      races,
      threads,
      summary: {
        races: races.length,
        threads: threads.length,
        ...sums,
        uninstrumented: [...limits].map((why) => ({ what: 'detector', why })),
      },
    },
  };
}
