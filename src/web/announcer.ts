/**
 * The reports of a page, in their order, and who is told of them: each listener once of each, also where it asks for
 * the races meanwhile, or brings another listener.
 */
import type { Report } from '../report/report.ts';

interface Listener {
  hear(report: Report): void;
  /** how many it has heard of */
  heard: number;
}

export class Announcer {
  readonly #writtenFrom: (order: number) => Iterable<Report>;
  readonly #reports: Report[] = [];
  readonly #listeners = new Set<Listener>();

  /** @param writtenFrom the reports from that one on */
  constructor(writtenFrom: (order: number) => Iterable<Report>) {
    this.#writtenFrom = writtenFrom;
  }

  get reports(): readonly Report[] {
    return this.#reports;
  }

  gather(): void {
    this.#reports.push(...this.#writtenFrom(this.#reports.length));
    for (const listener of this.#listeners) {
      // it may gather, and stop to listen
      while (listener.heard < this.#reports.length && this.#listeners.has(listener)) {
        const report = this.#reports[listener.heard++]!;
        guarded(() => listener.hear(report));
      }
    }
  }

  /** Tells of earlier ones, too. What it returns takes the listener off. */
  listen(hear: (report: Report) => void): () => void {
    const listener = { hear, heard: 0 };
    this.#listeners.add(listener);
    this.gather();
    return () => this.#listeners.delete(listener);
  }
}

/** A listener's error is its own. */
function guarded(step: () => void): void {
  try {
    step();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
