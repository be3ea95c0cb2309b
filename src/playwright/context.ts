/**
 * What is used of playwright: the same in playwright, playwright-core and @playwright/test, whose types need not be
 * there. Each page of a context has our script before its own; what it tells goes to whoever watches the context.
 */
import { built } from '../view/built.ts';
import { FLUSH, TELL } from './names.ts';

export interface WatchedFrame {
  evaluate(expression: string): Promise<unknown>;
}

interface Closable {
  close(options?: object): Promise<void>;
}

export interface WatchedPage extends Closable {
  context(): WatchedContext;
  frames(): readonly WatchedFrame[];
}

export interface WatchedContext extends Closable {
  pages(): readonly WatchedPage[];
  addInitScript(script: { content: string }): Promise<unknown>;
  exposeBinding(name: string, told: (source: unknown, text: unknown) => void): Promise<unknown>;
  on(event: 'page', opened: (page: WatchedPage) => void): unknown;
}

export type Listener = (text: unknown) => void;

/** A page that does not come to it by then is left alone: it spins, or waits for a debugger. */
const PATIENCE_MS = 5000;

const watched: WeakMap<WatchedContext, { listeners: Set<Listener>; ready: Promise<void> }> = new WeakMap();

export async function listen(context: WatchedContext, listener: Listener): Promise<void> {
  let found = watched.get(context);
  if (found === undefined) {
    const listeners = new Set<Listener>();
    found = { listeners, ready: prepare(context, listeners) };
    watched.set(context, found);
  }
  // pages that are there tell while it gets ready
  found.listeners.add(listener);
  await found.ready;
}

async function prepare(context: WatchedContext, listeners: ReadonlySet<Listener>): Promise<void> {
  const content = built('web.watched.js');
  await context.exposeBinding(TELL, (_, text) => {
    for (const listener of listeners) listener(text);
  });
  await context.addInitScript({ content });
  const watchClose = (page: WatchedPage): void => tellBeforeClose(page, () => [page]);
  for (const page of context.pages()) watchClose(page);
  context.on('page', watchClose);
  tellBeforeClose(context, () => context.pages());
  await inAllFrames(context.pages(), content);
}

/** A page that is closed does not always hear of it, by itself or with its context. */
function tellBeforeClose(closable: Closable, pages: () => readonly WatchedPage[]): void {
  const close = closable.close.bind(closable);
  closable.close = async (options) => {
    await gather(pages());
    return close(options);
  };
}

/** Has these pages tell what they have not told yet. */
export const gather = (pages: readonly WatchedPage[]): Promise<void> => inAllFrames(pages, FLUSH);

async function inAllFrames(pages: readonly WatchedPage[], expression: string): Promise<void> {
  const answers = pages
    .flatMap((page) => page.frames())
    // gone meanwhile, or crashed
    .map((frame) => frame.evaluate(expression).catch(() => {}));
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([Promise.all(answers), patience]);
  clearTimeout(timer);
}
