/**
 * What a page sends of its races, to a dev server or a test's runner. It comes from the code of a page, so it is
 * checked and bounded as a document is that comes from anybody.
 */
import { array, object, pair, string, WrongValue, whole } from '../report/check.ts';
import { checkDocument } from '../report/document.ts';
import { DocumentError } from '../report/document-error.ts';
import type { RaceDocument } from '../report/report.ts';

export interface PageMessage {
  /** one load of one page */
  page: string;
  /** all that the page knows, but of its races only those that it has not sent yet */
  document: RaceDocument;
  /** how often it has seen each of its races, by id */
  counts: [id: string, count: number][];
}

/** characters */
export const MAX_MESSAGE: number = 8 * 1024 * 1024;
const MAX_PAGE = 100;
const MAX_COUNTS = 100_000;

const check = object<PageMessage>({
  page: string,
  document: checkDocument,
  counts: array(pair(string, whole), MAX_COUNTS),
});

/** Throws a DocumentError of one line. */
export function readMessage(text: unknown): PageMessage {
  if (typeof text !== 'string') throw wrong('is no text');
  if (text.length > MAX_MESSAGE) throw wrong(`is longer than ${MAX_MESSAGE} characters`);
  try {
    const message = check(JSON.parse(text));
    if (message.page.length > MAX_PAGE) throw wrong(`page is longer than ${MAX_PAGE} characters`);
    return message;
  } catch (error) {
    if (error instanceof WrongValue) throw wrong(error.message);
    if (error instanceof SyntaxError) throw wrong('is no JSON');
    throw error;
  }
}

const wrong = (what: string): DocumentError =>
  new DocumentError(`a page sent a report that cannot be read, and is left out: ${what}`);
