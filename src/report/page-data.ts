/** What a page is made of. It lies in the page as JSON, and the page's script reads it. */
import type { RaceDocument, SourceExcerpt } from './report.ts';

export interface PageData {
  document: RaceDocument;
  /** of the files that were readable when the page was made; a race's own excerpts win */
  sources: PageSource[];
}

export interface PageSource extends SourceExcerpt {
  /** the file was changed after the run: the lines may be others */
  changed: boolean;
}
