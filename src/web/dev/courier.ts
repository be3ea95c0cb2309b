/**
 * Takes what a page finds to whoever collects it (src/remote/message.ts): each race once, soon after it was found and
 * before the page goes away, with all that is known by then.
 */
import type { RaceReport, Tsrace } from '../api.ts';

/** races of one message */
const BATCH = 20;

const { queueMicrotask: later, crypto, addEventListener: listen } = globalThis;

export interface Courier {
  /** names this load of the page */
  page: string;
  /** Sends what has not been sent; `even` if there is nothing new. */
  flush(even: boolean): void;
}

export function startCourier(tsrace: Tsrace, send: (text: string) => void): Courier {
  const page = crypto.randomUUID();
  let sent = 0;
  let isDue = false;

  function flush(even: boolean): void {
    isDue = false;
    const document = tsrace.document();
    const { races } = document;
    const counts = races.map(({ id, count }) => [id, count]);
    const one = (some: RaceReport[]): void =>
      send(JSON.stringify({ page, document: { ...document, races: some }, counts }));
    if (sent === races.length && even) one([]);
    while (sent < races.length) {
      const some = races.slice(sent, sent + BATCH);
      sent += some.length;
      one(some);
    }
  }

  tsrace.onRace(() => {
    if (isDue) return;
    isDue = true;
    // several are told in a row
    later(() => {
      if (isDue) flush(false);
    });
  });
  listen('pagehide', () => flush(true));
  return { page, flush };
}
