/**
 * The races of pages, as they come in: each is fresh once, whichever page and whichever load of it shows it again,
 * and all loads together make one document, with their counts added up.
 *
 * A page may send what it likes, and be loaded for days. So races have a limit, and of the loads only those that have
 * spoken last stand for themselves; others are added up.
 */
import type { Known } from '../report/known/known.ts';
import { Merger } from '../report/merge.ts';
import type { RaceDocument, RaceReport, ThreadReport } from '../report/report.ts';
import { version } from '../version.ts';
import type { PageMessage } from './message.ts';

const MAX_RACES = 10_000;
const MAX_LOADS = 50;

interface Load {
  /** without races */
  document: RaceDocument;
  races: Map<string, RaceReport>;
  /** by the number of its last message: when */
  spoke: number;
}

export interface Fresh {
  race: RaceReport;
  threads: ReadonlyMap<string, ThreadReport>;
}

/** Asked whenever races come in: what is known may change meanwhile. */
export type KnownNow = () => Known | undefined;

export class Pages {
  readonly #startedAt: Date = new Date();
  readonly #known: KnownNow;
  readonly #seen = new Set<string>();
  readonly #loads = new Map<string, Load>();
  #messages = 0;
  #earlier: RaceDocument | undefined;
  #full = false;

  constructor(known: KnownNow = () => undefined) {
    this.#known = known;
  }

  /** @returns the races that no page has shown before, but for those that are known */
  take({ page, document, counts }: PageMessage): Fresh[] {
    const load = this.#loadOf(page, document);
    load.document = { ...document, races: [] };
    const { races: told, threads } = document;
    const known = told.length > 0 ? this.#known() : undefined;
    const fresh: Fresh[] = [];
    for (const { suppressed: _, ...race } of told) {
      const isNew = !this.#seen.has(race.id);
      if (isNew && this.#seen.size >= MAX_RACES) {
        this.#full = true;
        continue;
      }
      this.#seen.add(race.id);
      const suppressed = known?.verdictOn(race);
      load.races.set(race.id, { ...race, ...(suppressed && { suppressed }) });
      if (isNew && suppressed === undefined)
        fresh.push({ race, threads: new Map(threads.map((thread) => [thread.id, thread])) });
    }
    for (const [id, count] of counts) {
      const race = load.races.get(id);
      if (race !== undefined) race.count = count;
    }
    return fresh;
  }

  /** Of this load, the races that are known. */
  suppressed(page: string): string[] {
    const races = [...(this.#loads.get(page)?.races.values() ?? [])];
    return races.filter(({ suppressed }) => suppressed !== undefined).map(({ id }) => id);
  }

  document(): RaceDocument {
    const merger = new Merger();
    if (this.#earlier !== undefined) merger.add(this.#earlier);
    for (const load of this.#loads.values()) merger.add(whole(load));
    const document = merger.result();
    if (this.#full) {
      const why = `pages showed more than ${MAX_RACES} different races: later ones were left out`;
      document.summary.uninstrumented.push({ what: 'detector', why });
    }
    const durationMs = Date.now() - this.#startedAt.getTime();
    return {
      ...document,
      tool: { name: 'tsrace', version },
      startedAt: this.#startedAt.toISOString(),
      durationMs,
    };
  }

  #loadOf(page: string, document: RaceDocument): Load {
    const load = this.#loads.get(page) ?? { document, races: new Map(), spoke: 0 };
    load.spoke = ++this.#messages;
    this.#loads.set(page, load);
    if (this.#loads.size > MAX_LOADS) this.#addUpQuietest();
    return load;
  }

  #addUpQuietest(): void {
    const [page, load] = [...this.#loads].reduce((a, b) => (b[1].spoke < a[1].spoke ? b : a));
    const merger = new Merger();
    if (this.#earlier !== undefined) merger.add(this.#earlier);
    merger.add(whole(load));
    this.#earlier = merger.result();
    this.#loads.delete(page);
  }
}

const whole = ({ document, races }: Load): RaceDocument => ({ ...document, races: [...races.values()] });
