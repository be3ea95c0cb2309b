/**
 * The timeline of one race, or of a trace: a lane for each thread, and what orders them. It answers at a glance why this is a race:
 * what happens before the current access and what comes after the previous one do not touch.
 */
import type { RaceReport, SyncEvent } from '../../report/report.ts';
import { h, icon, svg } from '../dom.ts';
import type { Store } from '../store.ts';
import { draw, position, type Scene } from './draw.ts';
import { type Graph, graphOf, graphOfEvents, type Node } from './graph.ts';
import { inspected, spoken } from './inspector.ts';
import { layersOf } from './layers.ts';
import { futureOf, isOrdered, pastOf } from './order.ts';
import { GUTTER, TOP, Viewport } from './viewport.ts';

const TALLEST = 420;
/** steps of a trace that are shown all at once, to begin with */
const FEW = 200;
const STEP = 1.35;
/** how far the pointer may be off a dot */
const NEAR = 14;

export function timelineOf(store: Store, race: RaceReport): HTMLElement {
  return new Timeline(store, race, graphOf(race)).element;
}

/** Of a trace, which has events. */
export const timelineOfEvents = (store: Store, events: readonly SyncEvent[]): HTMLElement =>
  new Timeline(store, undefined, graphOfEvents(events)).element;

/** Where one begins to look; there is a node. */
const home = ({ current, nodes }: Graph): Node => current ?? nodes[0]!;

class Timeline {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #race: RaceReport | undefined;
  readonly #scene: Scene;
  readonly #canvas: SVGSVGElement;
  readonly #inspector = h('div', { class: 'inspector' });
  readonly #live = h('p', { class: 'hidden', 'aria-live': 'polite' });
  /** what the inspector tells of: it stays when the pointer leaves, to go there */
  #inspected: Node;
  #drawing = 0;
  #shown = false;
  #drag: { x: number; y: number; moved: boolean } | undefined;

  constructor(store: Store, race: RaceReport | undefined, graph: Graph) {
    this.#store = store;
    this.#race = race;
    const layers = layersOf(graph);
    const { length } = graph.lanes;
    const laneHeight = length <= 6 ? 58 : length <= 14 ? 46 : 30;
    const height = Math.min(length * laneHeight + 2 * TOP, TALLEST);
    const { current, previous } = graph;
    const placed = current?.placed === true && previous?.placed === true;
    const known = placed && !isOrdered({ ...graph, current, previous });
    this.#scene = {
      graph,
      layers,
      viewport: new Viewport({ layers: layers.count, lanes: length, width: 800, height, laneHeight }),
      cones: known ? { past: pastOf(graph, current), future: futureOf(graph, previous) } : undefined,
      names: graph.lanes.map(({ thread }) => store.nameOf(thread)),
      focus: undefined,
      hover: undefined,
    };
    this.#inspected = home(graph);
    this.#canvas = svg('svg', { class: 'canvas', height, 'aria-hidden': 'true' });
    this.element = this.#build();
    new ResizeObserver(([entry]) => this.#resize(entry!.contentRect.width)).observe(this.#canvas);
  }

  #build(): HTMLElement {
    const { graph, cones } = this.#scene;
    const events = graph.nodes.filter(({ kind }) => kind === 'event').length;
    const counted = `${graph.lanes.length} ${graph.lanes.length === 1 ? 'thread' : 'threads'}, ${events.toLocaleString('en')} ${events === 1 ? 'event' : 'events'}`;
    const frame = h(
      'div',
      {
        class: 'plot',
        tabindex: 0,
        role: 'application',
        'aria-roledescription': 'timeline',
        'aria-label': `Timeline: ${counted}.${cones ? ' No path leads from one access to the other.' : ''} Arrow keys go from event to event, plus and minus zoom, Enter follows an arrow back.`,
        on: {
          keydown: (event: KeyboardEvent) => this.#key(event),
          wheel: (event: WheelEvent) => this.#wheel(event),
          pointerdown: (event: PointerEvent) => this.#down(event),
          pointermove: (event: PointerEvent) => this.#move(event),
          pointerup: (event: PointerEvent) => this.#up(event),
          pointercancel: () => {
            this.#drag = undefined;
          },
          pointerleave: () => this.#hover(undefined),
        },
      },
      this.#canvas,
    );
    this.#inspect(home(graph));
    return h(
      'div',
      { class: 'timeline' },
      h('div', { class: 'timeline-bar' }, h('p', { class: 'counted' }, counted), this.#tools()),
      ...this.#notes(),
      frame,
      this.#legend(),
      this.#inspector,
      this.#live,
    );
  }

  #notes(): HTMLElement[] {
    if (this.#race === undefined) return [];
    const { why } = this.#race;
    const { graph, cones } = this.#scene;
    if (why === undefined)
      return [
        h(
          'p',
          { class: 'note' },
          'This report has no history of synchronisation: it was written by an older tsrace, or the history was lost with its process.',
        ),
      ];
    if (cones !== undefined) return [];
    const placed = graph.current?.placed === true && graph.previous?.placed === true;
    return [
      h(
        'p',
        { class: 'note' },
        placed
          ? 'The kept history contradicts itself: what it shows of the order may be wrong.'
          : 'The report does not say when in its thread an access was; it stands at the end of its lane.',
      ),
    ];
  }

  #tools(): HTMLElement {
    const tool = (label: string, path: string, run: () => void): HTMLElement =>
      h(
        'button',
        { class: 'icon-button', type: 'button', 'aria-label': label, title: label, on: { click: run } },
        icon(path),
      );
    return h(
      'div',
      { class: 'tools', role: 'toolbar', 'aria-label': 'Timeline' },
      tool('Zoom out', 'M3 8h10', () => this.#zoom(1 / STEP)),
      tool('Zoom in', 'M8 3v10M3 8h10', () => this.#zoom(STEP)),
      tool('Show all', 'M2 8h12M5 5 2 8l3 3M11 5l3 3-3 3', () => this.#fit()),
      this.#race &&
        tool('Go to the race', 'M8 2.2 13.8 8 8 13.8 2.2 8ZM8 6.5v3M6.5 8h3', () => this.#toRace()),
    );
  }

  #legend(): HTMLElement {
    const item = (name: string, text: string): HTMLElement =>
      h('li', {}, h('span', { class: `key-mark ${name}`, 'aria-hidden': 'true' }), text);
    const { cones, graph } = this.#scene;
    return h(
      'ul',
      { class: 'legend', 'aria-label': 'Legend' },
      graph.current && item('diamond current', 'current access'),
      graph.previous && item('diamond previous', 'previous access'),
      cones && item('past', 'happens before the current access'),
      cones && item('future', 'comes after the previous access'),
      item('releases', 'release'),
      item('acquires', 'acquire'),
      graph.path.length > 0 && item('path', 'how the current thread last heard of the other'),
    );
  }

  #resize(width: number): void {
    if (width === 0) return;
    const { viewport, layers, graph } = this.#scene;
    viewport.extent.width = width;
    if (this.#shown) viewport.clamp();
    else if (this.#race === undefined && layers.count <= FEW) viewport.fit();
    else {
      viewport.start(layers.at[home(graph).index]!);
      for (const access of [graph.previous, graph.current])
        if (access !== undefined) viewport.reveal(layers.at[access.index]!, access.lane);
    }
    this.#shown = true;
    this.#draw();
  }

  #schedule(): void {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#canvas.replaceChildren(...draw(this.#scene));
  }

  #inspect(node: Node): void {
    this.#inspected = node;
    this.#inspector.replaceChildren(
      ...inspected(this.#store, this.#race, this.#scene.graph, node, (to) => this.#focus(to)),
    );
  }

  #focus(node: Node | undefined): void {
    this.#scene.focus = node;
    this.#scene.hover = undefined;
    if (node !== undefined) {
      this.#scene.viewport.reveal(this.#scene.layers.at[node.index]!, node.lane);
      this.#live.textContent = '';
      this.#live.append(h('span', {}, spoken(this.#store, this.#race, node)));
    }
    this.#inspect(node ?? home(this.#scene.graph));
    this.#schedule();
  }

  #hover(node: Node | undefined): void {
    if (this.#scene.hover === node) return;
    this.#scene.hover = node;
    if (node !== undefined && node !== this.#inspected) this.#inspect(node);
    this.#schedule();
  }

  #zoom(factor: number, at?: number): void {
    const { viewport, focus, graph } = this.#scene;
    const [x] = position(this.#scene, focus ?? home(graph));
    const middle = (GUTTER + viewport.extent.width) / 2;
    viewport.zoom(factor, at ?? (x > GUTTER && x < viewport.extent.width ? x : middle));
    this.#schedule();
  }

  #fit(): void {
    this.#scene.viewport.fit();
    this.#schedule();
  }

  #toRace(): void {
    const { viewport, layers, graph } = this.#scene;
    viewport.start(layers.at[home(graph).index]!);
    this.#focus(home(graph));
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { graph, focus } = this.#scene;
    const at = focus ?? home(graph);
    const own = graph.lanes[at.lane]!.nodes;
    const go = (node: Node | undefined): void => this.#focus(node ?? at);
    const run = {
      ArrowLeft: () => go(focus === undefined ? at : own[at.position - 1]),
      ArrowRight: () => go(focus === undefined ? at : own[at.position + 1]),
      ArrowUp: () => go(this.#beside(at, -1)),
      ArrowDown: () => go(this.#beside(at, 1)),
      Home: () => go(own[0]),
      End: () => go(own.at(-1)),
      Enter: () =>
        go(
          graph.nodes[
            (
              graph.into[at.index]!.find(({ implied }) => !implied) ?? {
                from: graph.outOf[at.index]![0]?.to ?? at.index,
              }
            ).from
          ],
        ),
      '+': () => this.#zoom(STEP),
      '=': () => this.#zoom(STEP),
      '-': () => this.#zoom(1 / STEP),
      '0': () => this.#fit(),
      r: () => this.#toRace(),
      Escape: () => this.#focus(undefined),
    }[event.key];
    if (run === undefined || (event.key === 'Escape' && focus === undefined)) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  }

  /** The node of the next lane that stands closest; lanes are never empty. */
  #beside(node: Node, by: 1 | -1): Node | undefined {
    const { graph, layers } = this.#scene;
    const layer = layers.at[node.index]!;
    const distance = (one: Node): number => Math.abs(layers.at[one.index]! - layer);
    return graph.lanes[node.lane + by]?.nodes.reduce((best, one) =>
      distance(one) < distance(best) ? one : best,
    );
  }

  #wheel(event: WheelEvent): void {
    const x = event.clientX - this.#canvas.getBoundingClientRect().left;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.#zoom(Math.exp(-event.deltaY / 240), x);
      return;
    }
    const [dx, dy] = event.shiftKey ? [event.deltaY + event.deltaX, 0] : [event.deltaX, event.deltaY];
    // at its end the page scrolls on
    if (!this.#scene.viewport.pan(dx, dy)) return;
    event.preventDefault();
    this.#schedule();
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#drag = { x: event.clientX, y: event.clientY, moved: false };
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag === undefined) {
      this.#hover(this.#at(event));
      return;
    }
    const [dx, dy] = [drag.x - event.clientX, drag.y - event.clientY];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    this.#drag = { x: event.clientX, y: event.clientY, moved: true };
    if (this.#scene.viewport.pan(dx, dy)) this.#schedule();
  }

  #up(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag !== undefined && !drag.moved) this.#focus(this.#at(event));
  }

  #at(event: PointerEvent): Node | undefined {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const { graph, viewport } = this.#scene;
    const lane = Math.floor((y - TOP + viewport.top) / viewport.extent.laneHeight);
    if (x < GUTTER || graph.lanes[lane] === undefined) return undefined;
    let [best, closest]: [Node | undefined, number] = [undefined, NEAR];
    for (const node of graph.lanes[lane].nodes) {
      const [nx, ny] = position(this.#scene, node);
      const distance = Math.hypot(nx - x, ny - y);
      if (distance < closest) [best, closest] = [node, distance];
    }
    return best;
  }
}
