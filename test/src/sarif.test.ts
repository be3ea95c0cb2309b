import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import Ajv from 'ajv-draft-04';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { renderSarif } from '../../src/report/render/sarif.ts';
import type { AccessReport, RaceDocument, RaceReport, SyncEvent } from '../../src/report/report.ts';
import { access, document, frame, race, thread } from './documents.ts';

const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(schema);

interface Location {
  id?: number;
  physicalLocation?: { artifactLocation: { uri: string; uriBaseId?: string }; region: object };
  message?: { text: string };
}
interface Result {
  ruleId: string;
  ruleIndex: number;
  message: { text: string };
  locations: Location[];
  relatedLocations: Location[];
  codeFlows: { threadFlows: { id: string; locations: { location: Location }[] }[] }[];
  partialFingerprints: Record<string, string>;
}
interface Log {
  runs: { results: Result[]; tool: { driver: { rules: { id: string }[] } } }[];
}

const HERE = { root: '/repo', prefix: '/repo/packages/app/' };

function sarif(of: RaceDocument, checkout = HERE): Log {
  const log = JSON.parse(renderSarif(of, checkout)) as Log;
  expect(validate(log), JSON.stringify(validate.errors, null, 1)).toBe(true);
  return log;
}

test('the schema refuses what is wrong', () => {
  const log = sarif(document());
  delete (log.runs[0]!.results[0] as Partial<Result>).message;
  expect(validate(log)).toBe(false);
});

test('a document without a race is valid too', () => {
  expect(sarif(document([])).runs[0]!.results).toEqual([]);
});

describe('a result', () => {
  const one = race({ stableId: 'fedcba9876543210', tests: ['test "a" (a.test.ts)'] });
  const log = sarif(document([one, race({ kind: 'atomic-overlap' })]));
  const [result, other] = log.runs[0]!.results as [Result, Result];

  test('has the rule of its kind', () => {
    const { rules } = log.runs[0]!.tool.driver;
    expect(rules[result.ruleIndex]!.id).toBe(result.ruleId);
    expect([result.ruleId, other.ruleId]).toEqual(['data-race/write-write', 'data-race/atomic-overlap']);
  });

  test('says both accesses, the second as a link', () => {
    expect(result.message.text).toBe(
      'Data race: write of 4 bytes at counter[0] by worker 2 races with [write of 4 bytes by worker 1](1).',
    );
    expect(result.relatedLocations[0]).toMatchObject({
      id: 1,
      message: { text: 'Write of 4 bytes by worker 1' },
    });
  });

  test('stands in a path from the root of the repository', () => {
    expect(result.locations).toMatchObject([
      {
        physicalLocation: {
          artifactLocation: { uri: 'packages/app/src/counter.ts', uriBaseId: '%SRCROOT%' },
          region: { startLine: 14, startColumn: 5 },
        },
      },
    ]);
  });

  test('leads through both stacks, the access last', () => {
    const { threadFlows } = result.codeFlows[0]!;
    expect(threadFlows.map(({ id }) => id)).toEqual(['7:2', '7:1']);
    const uris = threadFlows[0]!.locations.map(
      ({ location }) => location.physicalLocation!.artifactLocation.uri,
    );
    expect(uris).toEqual(['packages/app/src/worker.ts', 'packages/app/src/counter.ts']);
  });

  test('has the fingerprint that holds when lines shift', () => {
    expect(result.partialFingerprints['stableId/v1']).toBe('fedcba9876543210');
  });
});

test('the place is the same whichever access came second', () => {
  const write = (role: AccessReport['role'], line: number): AccessReport =>
    access(role, { frames: [frame('f', 'src/b.ts', line)] });
  const read = (role: AccessReport['role']): AccessReport =>
    access(role, { type: 'read', frames: [frame('g', 'src/a.ts', 1)] });
  const linesOf = (accesses: RaceReport['accesses']): unknown[] => {
    const [result] = sarif(document([race({ accesses })])).runs[0]!.results as [Result];
    return [...result.locations, result.relatedLocations[0]!].map(
      ({ physicalLocation }) => (physicalLocation!.region as { startLine: number }).startLine,
    );
  };
  expect(linesOf([write('current', 7), read('previous')])).toEqual([7, 1]);
  expect(linesOf([read('current'), write('previous', 7)])).toEqual([7, 1]);
  expect(linesOf([write('current', 7), write('previous', 9)])).toEqual([7, 9]);
  expect(linesOf([write('current', 9), write('previous', 7)])).toEqual([7, 9]);
});

test('a diagnosis comes with its fix, and the code with the place', () => {
  const why = {
    lastPath: [],
    lockWord: false,
    locks: { current: [], previous: [] },
    value: null,
    events: [],
    clocks: [[], []],
  };
  const told = race({
    why: { ...why, diagnosis: 'lost-update', clocks: [[], []] },
    sources: [{ file: 'src/counter.ts', from: 13, lines: ['for (;;) {', '  counter[0]++;'] }],
  });
  const [result] = sarif(document([told])).runs[0]!.results as [Result];
  expect(result.message.text).toMatch(/ Lost update\. .*Both threads read/);
  expect(result.locations[0]!.physicalLocation!.region).toMatchObject({
    snippet: { text: '  counter[0]++;' },
  });
});

describe('files', () => {
  const uriOf = (file: string, checkout = HERE): object => {
    const frames = [frame('f', file, 1)];
    const accesses: RaceReport['accesses'] = [access('current', { frames }), access('previous', { frames })];
    const [result] = sarif(document([race({ accesses })]), checkout).runs[0]!.results;
    return result!.locations[0]!.physicalLocation!.artifactLocation;
  };
  test.for<[string, object]>([
    ['a b/ü#?.ts', { uri: 'packages/app/a%20b/%C3%BC%23%3F.ts', uriBaseId: '%SRCROOT%' }],
    ['/repo/lib/x.ts', { uri: 'lib/x.ts', uriBaseId: '%SRCROOT%' }],
    ['../../../../etc/passwd', { uri: 'file:///etc/passwd' }],
    ['/elsewhere/x.ts', { uri: 'file:///elsewhere/x.ts' }],
    ['C:\\x\\y.ts', { uri: 'file:///C%3A/x/y.ts' }],
    ['[eval]', { uri: '%5Beval%5D' }],
    ['javascript:alert(1)', { uri: 'javascript%3Aalert(1)' }],
    ['\ud800.ts', { uri: 'packages/app/%EF%BF%BD.ts', uriBaseId: '%SRCROOT%' }],
  ])('%s', ([file, expected]) => {
    expect(uriOf(file)).toEqual(expected);
  });

  test('where the root is not known, paths stay as they are', () => {
    expect(uriOf('src/a.ts', { root: '', prefix: '' })).toEqual({ uri: 'src/a.ts', uriBaseId: '%SRCROOT%' });
  });
});

test('names of the program make no links and no placeholders', () => {
  const evil = '](javascript:alert(1)) {0} <img src=x onerror=alert(1)> \u001b[31m';
  const event: SyncEvent = {
    thread: '7:1',
    clock: 1,
    order: 0,
    kind: 'atomic-store',
    operation: evil,
    releases: true,
    acquires: [],
    on: evil,
    object: evil,
    at: frame(evil, evil, 5),
  };
  const hostile = race({
    location: { ...race().location, name: evil, view: evil },
    why: {
      lastPath: [event, { ...event, kind: 'receive', releases: false }],
      locks: { current: [{ object: evil, on: evil, since: event }], previous: [] },
      lockWord: false,
      diagnosis: 'lock-not-held',
      value: evil,
      events: [event],
      clocks: [[], []],
    },
    tests: [evil],
    accesses: [
      access('current', { test: evil, frames: [frame(evil, evil, 0, 0)] }),
      access('previous', { test: evil, frames: [] }),
    ],
  });
  const threads = [thread('7:0'), thread('7:1', { name: evil }), thread('7:2', { name: evil })];
  const of = document([hostile], threads);
  of.startedAt = 'never';
  of.summary.uninstrumented.push({ what: 'detector', why: evil });
  const [result] = sarif(of).runs[0]!.results as [Result];
  const texts = [result.message, ...result.relatedLocations.map(({ message }) => message!)].map(
    ({ text }) => text,
  );
  for (const text of texts) {
    expect(text.replaceAll(/\{\{|\}\}/g, '')).not.toMatch(/[{}]/);
    // the one link is ours, and its text is escaped
    expect(text.match(/(?<!\\)\]\((?!1\))/g)).toBeNull();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(text).not.toMatch(/[\u0000-\u001f]/);
  }
});

test('an access without a frame has no place, and the result that of the other', () => {
  const bare = race({ accesses: [access('current', { frames: [] }), access('previous')] });
  const [result] = sarif(document([bare])).runs[0]!.results as [Result];
  expect(result.locations[0]!.physicalLocation).toBeDefined();
  const none = race({
    accesses: [access('current', { frames: [] }), access('previous', { frames: [] })],
  });
  sarif(document([none]));
});
