/** Which races the list shows, and in which order: a pure function of what the user has asked for. */
import { DIAGNOSES } from '../report/diagnoses.ts';
import type { RaceReport } from '../report/report.ts';
import { fileName, KINDS, targetWords } from './words.ts';

export const SORTS = {
  reported: 'As reported',
  count: 'Most often seen',
  file: 'File',
  kind: 'Kind',
} as const;

export interface Query {
  text: string;
  file: string;
  kind: string;
  test: string;
  sort: keyof typeof SORTS;
}

export const NO_QUERY: Query = { text: '', file: '', kind: '', test: '', sort: 'reported' };

/** The files of the two accesses, the current one first. */
export const filesOf = ({ accesses }: RaceReport): string[] => [
  ...new Set(accesses.flatMap(({ frames }) => frames.slice(0, 1).map(({ file }) => file))),
];

export class Index {
  readonly #races: readonly RaceReport[];
  /** what a search looks at, in lower case; made when first searched */
  #texts: string[] | undefined;

  constructor(races: readonly RaceReport[]) {
    this.#races = races;
  }

  /** Positions in the document. All words must occur. */
  find({ text, file, kind, test, sort }: Query): number[] {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length > 0) this.#texts ??= this.#races.map(textOf);
    const found: number[] = [];
    this.#races.forEach((race, position) => {
      if (kind !== '' && race.kind !== kind) return;
      if (file !== '' && !filesOf(race).includes(file)) return;
      if (test !== '' && !race.tests.includes(test)) return;
      if (words.every((word) => this.#texts![position]!.includes(word))) found.push(position);
    });
    const compare = COMPARE[sort];
    return compare === undefined
      ? found
      : found.sort((a, b) => compare(this.#races[a]!, this.#races[b]!) || a - b);
  }

  /** What a filter offers, each with how many races have it, the commonest first. */
  values(of: (race: RaceReport) => readonly string[]): [value: string, races: number][] {
    const counts = new Map<string, number>();
    for (const race of this.#races)
      for (const value of new Set(of(race))) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }
}

const COMPARE: Record<Query['sort'], ((a: RaceReport, b: RaceReport) => number) | undefined> = {
  reported: undefined,
  count: (a, b) => b.count - a.count,
  file: byPlace,
  kind: (a, b) => (a.kind === b.kind ? byPlace(a, b) : a.kind < b.kind ? -1 : 1),
};

function byPlace(a: RaceReport, b: RaceReport): number {
  const [one, two] = [a.accesses[0].frames[0], b.accesses[0].frames[0]];
  if (one === undefined || two === undefined) return Number(one === undefined) - Number(two === undefined);
  if (one.file !== two.file) return one.file < two.file ? -1 : 1;
  return one.line - two.line || one.column - two.column;
}

function textOf(race: RaceReport): string {
  const { id, stableId = '', suppressed, kind, tests, location, accesses, why } = race;
  const frames = accesses.flatMap((access) => access.frames);
  return [
    id,
    stableId,
    suppressed ? `known ${suppressed.reason}` : '',
    KINDS[kind],
    targetWords(location),
    why?.diagnosis ? `${why.diagnosis} ${DIAGNOSES[why.diagnosis].title}` : '',
    ...tests,
    ...frames.map((frame) => `${frame.function} ${frame.file}:${frame.line}`),
    ...frames.map(({ file }) => fileName(file)),
  ]
    .join('\n')
    .toLowerCase();
}
