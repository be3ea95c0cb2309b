/** What a page does with its races while it is developed: they go to the development server, and are shown. */
import type { Report, Tsrace } from '../api.ts';
import { host } from '../host.ts';
import { type Answer, type Hot, openChannel } from './channel.ts';
import { startCourier } from './courier.ts';
import { Overlay } from './overlay.ts';

/** As the plugin writes them (src/build/bundler/dev-module.ts). */
export interface DevSettings {
  overlay: boolean;
  /** where the development server has tsrace's folder, and what that is relative to */
  report?: [path: string, base?: string];
  /** the socket of vite's development server */
  socket?: () => Promise<{ hot: Hot | undefined }>;
}

/** A page may have several bundles. */
const STARTED = Symbol.for('tsrace.developed');
/** Without an answer of the server all races are shown. */
const PATIENCE_MS = 2000;

const { setTimeout: after } = globalThis;

export function develop({ overlay, report, socket }: DevSettings): void {
  const scope = globalThis as { document?: Document; __tsrace__?: Tsrace; [STARTED]?: true };
  const { __tsrace__: tsrace } = scope;
  // a test's runner tells races by itself
  if (scope.document === undefined || tsrace === undefined || host !== undefined || scope[STARTED]) return;
  Object.defineProperty(scope, STARTED, { value: true });
  const url = report && new URL(report[0], report[1] ?? globalThis.location.href).href;
  const isHtml = document.documentElement instanceof HTMLElement;
  const panel = overlay && isHtml ? new Overlay(url) : undefined;
  const reports: Report[] = [];
  // answers may come in another order than the messages
  const suppressed = new Set<string>();
  /** by the server, or it has had its time to */
  const judged = new Set<string>();
  const show = (ids: readonly string[]): void => {
    for (const id of ids) judged.add(id);
    panel?.show(reports.filter(({ race: { id } }) => judged.has(id) && !suppressed.has(id)));
  };
  tsrace.onRace((one) => {
    reports.push(one);
    const { id } = one.race;
    if (url === undefined) show([id]);
    else after(() => show([id]), PATIENCE_MS);
  });
  if (url === undefined) return;
  const courier = startCourier(
    tsrace,
    openChannel(url, socket, (answer: Answer) => {
      if (answer.page !== courier.page) return;
      for (const id of answer.suppressed) suppressed.add(id);
      show(answer.judged);
    }),
  );
}
