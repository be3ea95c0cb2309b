/** What pages send: told once, counted, and believed in nothing. */
import { describe, expect, test } from 'vitest';
import { knownNow } from '../../../src/remote/known-now.ts';
import { MAX_MESSAGE, type PageMessage, readMessage } from '../../../src/remote/message.ts';
import { Pages } from '../../../src/remote/pages.ts';
import { parseDocument } from '../../../src/report/document.ts';
import type { RaceReport } from '../../../src/report/report.ts';
import { access, document, frame, race } from '../documents.ts';
import { Project } from '../project.ts';

const other = race({ id: 'fedcba9876543210' });

function message(page: string, races: RaceReport[], counts: Record<string, number> = {}): PageMessage {
  return { page, document: document(races), counts: Object.entries(counts) };
}

const ids = (pages: Pages, sent: PageMessage): string[] => pages.take(sent).map(({ race: { id } }) => id);

describe('races', () => {
  test('are fresh once, whichever page shows them', () => {
    const pages = new Pages();
    expect(ids(pages, message('a', [race()]))).toEqual([race().id]);
    expect(ids(pages, message('a', [other]))).toEqual([other.id]);
    expect(ids(pages, message('b', [race(), other]))).toEqual([]);
    expect(pages.document().races.map(({ id }) => id)).toEqual([race().id, other.id]);
  });

  test('have the counts of all loads, each of which says its own again and again', () => {
    const pages = new Pages();
    pages.take(message('a', [race()], { [race().id]: 1 }));
    pages.take(message('b', [race()], { [race().id]: 2 }));
    pages.take(message('a', [other], { [race().id]: 5, [other.id]: 1 }));
    pages.take(message('a', [], { [race().id]: 7, [other.id]: 1, nobody: 9 }));
    expect(pages.document().races.map(({ id, count }) => [id, count])).toEqual([
      [race().id, 9],
      [other.id, 1],
    ]);
  });

  test('keep their order, whichever page speaks again', () => {
    const pages = new Pages();
    pages.take(message('a', [race()]));
    pages.take(message('b', [other]));
    pages.take(message('a', []));
    expect(pages.document().races.map(({ id }) => id)).toEqual([race().id, other.id]);
  });

  test('stay counted when there were very many loads', () => {
    const pages = new Pages();
    for (let load = 0; load < 500; load++) pages.take(message(`${load}`, [race()], { [race().id]: 2 }));
    const all = parseDocument(JSON.stringify(pages.document()), 'all');
    expect(all.races.map(({ count }) => count)).toEqual([1000]);
    expect(all.summary.accessesChecked).toBe(500 * 10);
    expect(all.threads.map(({ id }) => id)).toEqual(expect.arrayContaining(['7:1', '7:2']));
  });

  test('of a page that stays open while another one is loaded again and again are counted once', () => {
    const pages = new Pages();
    for (let load = 0; load < 500; load++) {
      pages.take(message(`${load}`, []));
      if (load % 10 === 0) pages.take(message('open', [race()], { [race().id]: load + 1 }));
    }
    const { races, summary } = pages.document();
    expect(races.map(({ count }) => count)).toEqual([491]);
    expect(summary.accessesChecked).toBe(501 * 10);
  });

  test('have a limit, and the document says so', () => {
    const pages = new Pages();
    const many = Array.from({ length: 10_001 }, (_, n) => race({ id: `${n}` }));
    expect(pages.take(message('a', many))).toHaveLength(10_000);
    expect(pages.document().races).toHaveLength(10_000);
    expect(pages.document().summary.uninstrumented).toEqual([
      { what: 'detector', why: 'pages showed more than 10000 different races: later ones were left out' },
    ]);
  });
});

describe('known races', () => {
  const legacy = race({
    accesses: [access('current', { frames: [frame('old', 'legacy/a.ts', 1)] }), access('previous')],
  });

  test('are told nobody, and are in the document with their reason', () => {
    using project = new Project({ 'tsrace.suppressions': 'race:legacy/ reason=goes in spring\n' });
    const pages = new Pages(() => knownNow(project.root, `${project.root}/`));
    expect(ids(pages, message('a', [legacy, other]))).toEqual([other.id]);
    expect(pages.suppressed('a')).toEqual([legacy.id]);
    expect(pages.suppressed('b')).toEqual([]);
    expect(pages.document().races.map(({ suppressed }) => suppressed?.reason)).toEqual([
      'goes in spring',
      undefined,
    ]);
  });

  test('are none by the word of a page', () => {
    const pages = new Pages();
    const claimed = race({ suppressed: { reason: 'trust me', by: 'the page' } });
    expect(ids(pages, message('a', [claimed]))).toEqual([claimed.id]);
    expect(pages.document().races[0]).not.toHaveProperty('suppressed');
  });
});

describe('a message', () => {
  const good = message('a', [race()], { x: 1 });

  test('is read back as it was sent, without what is none of it', () => {
    expect(readMessage(JSON.stringify({ ...good, __proto__: null, more: 1 }))).toEqual(good);
  });

  test.each<[string, unknown, string]>([
    ['no text', { page: 'a' }, 'is no text'],
    ['no JSON', '{', 'is no JSON'],
    ['null', 'null', 'must be an object'],
    ['too long', 'x'.repeat(MAX_MESSAGE + 1), `is longer than ${MAX_MESSAGE} characters`],
    [
      'the name of a page',
      JSON.stringify({ ...good, page: 'a'.repeat(101) }),
      'page is longer than 100 characters',
    ],
    ['a count', JSON.stringify({ ...good, counts: [['x', -1]] }), 'counts[0][1] must not be negative'],
    [
      'a frame',
      JSON.stringify({
        ...good,
        document: document([
          race({ accesses: [access('current', { frames: [{} as never] }), access('previous')] }),
        ]),
      }),
      'document.races[0].accesses[0].frames[0].function must be a string',
    ],
  ])('is refused in one line: %s', (_, text, what) => {
    expect(() => readMessage(text)).toThrow(
      `a page sent a report that cannot be read, and is left out: ${what}`,
    );
  });
});
