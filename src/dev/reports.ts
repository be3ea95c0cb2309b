/**
 * What a development server does with the races of its pages: each is printed once, as `tsrace node` prints it, and
 * all of them are in a document, and on a page of the server (handler.ts).
 */
import { sep } from 'node:path';
import { knownNow } from '../remote/known-now.ts';
import { readMessage } from '../remote/message.ts';
import { Pages } from '../remote/pages.ts';
import { DocumentError } from '../report/document-error.ts';
import { printable } from '../report/render/printable.ts';
import { renderText, type Style } from '../report/render/text.ts';
import type { RaceDocument } from '../report/report.ts';
import { styleFor } from '../report/style.ts';
import { writeFully } from '../report/write.ts';
import { makePage, type Page } from '../view/page.ts';
import { reportOf } from '../view/print.ts';
import { ProjectFiles } from '../view/project-files.ts';
import { DocumentFile } from './document-file.ts';

/** What the page hears of what it has sent. */
export interface Answer {
  page: string;
  /** ids of the races that it has sent with this message */
  judged: string[];
  /** ids of those of its races that are known */
  suppressed: string[];
}

export interface DevOptions {
  /** of the project, absolute: names of files are relative to it */
  root: string;
  /** where the document is kept, relative to the root; undefined: nowhere */
  report: string | undefined;
}

export class DevReports {
  readonly #root: string;
  readonly #prefix: string;
  readonly #file: DocumentFile | undefined;
  readonly #said = new Set<string>();
  readonly #pages: Pages;

  /** Throws in one line where the report cannot be written. */
  constructor({ root, report }: DevOptions) {
    this.#root = root;
    this.#prefix = root.endsWith(sep) ? root : root + sep;
    this.#pages = new Pages(() => this.#guarded(() => knownNow(root, this.#prefix)));
    // of what was found in an earlier session nothing is left
    if (report !== undefined) this.#file = new DocumentFile(root, report, () => this.document());
    this.#file?.write();
  }

  /** @param text as the page sent it. @returns undefined for what cannot be read */
  take(text: unknown): Answer | undefined {
    return this.#guarded(() => {
      const message = readMessage(text);
      const fresh = this.#pages.take(message);
      const files = new ProjectFiles(this.#root);
      for (const { race, threads } of fresh)
        writeFully(2, renderText(reportOf(race, threads, files), this.#style()));
      this.#file?.changed();
      const judged = message.document.races.map(({ id }) => id);
      return { page: message.page, judged, suppressed: this.#pages.suppressed(message.page) };
    });
  }

  document(): RaceDocument {
    return this.#pages.document();
  }

  page(): Page {
    const document = this.document();
    return makePage(document, document.races, new ProjectFiles(this.#root));
  }

  /** The server ends. */
  close(): void {
    this.#file?.flush();
  }

  #style(): Style {
    const { columns } = process.stderr;
    return styleFor({ fd: 2, color: 'auto', columns, prefix: this.#prefix }, process.env);
  }

  /** One line for what is wrong with a page's message or with the suppressions, and none for the same again. */
  #guarded<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      const line = `tsrace: ${printable(error.message)}\n`;
      if (!this.#said.has(line) && this.#said.size < MOST_LINES) writeFully(2, line);
      this.#said.add(line);
      return undefined;
    }
  }
}

const MOST_LINES = 100;
