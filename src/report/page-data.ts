/** What a page is made of. It lies in the page as JSON, and the page's script reads it. */
import type { RaceDocument, SourceExcerpt, SyncEvent } from './report.ts';

export interface PageData {
  document: RaceDocument;
  /** of the files that were readable when the page was made; a race's own excerpts win */
  sources: PageSource[];
  /** of a trace, instead of races */
  timeline?: PageTimeline;
}

export interface PageTimeline {
  events: SyncEvent[];
  /** number of the first of them, from 1, and how many the trace has */
  from: number;
  total: number;
}

export interface PageSource extends SourceExcerpt {
  /** the file was changed after the run: the lines may be others */
  changed: boolean;
}
