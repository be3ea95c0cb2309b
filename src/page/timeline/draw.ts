/**
 * The timeline as SVG: only what is in sight, made anew for each move. Where there are too many dots to be told apart
 * they are drawn as one path, and so are their arrows: ten thousand events stay quick to move.
 */
import { svg } from '../dom.ts';
import { eventLabel } from '../words.ts';
import type { AccessNode, Edge, EventNode, Graph, Node } from './graph.ts';
import type { Layers } from './layers.ts';
import { GUTTER, TOP, type Viewport } from './viewport.ts';

export interface Scene {
  graph: Graph;
  layers: Layers;
  viewport: Viewport;
  /** undefined where the document does not say enough to tell */
  cones: { past: Int32Array; future: Int32Array } | undefined;
  names: string[];
  /** what the keyboard or a click has chosen, and what the pointer is at */
  focus: Node | undefined;
  hover: Node | undefined;
}

/** more dots in sight than these are drawn in bulk */
const MANY = 600;
const R = 5;

export function draw(scene: Scene): SVGElement[] {
  const { graph, viewport } = scene;
  const { width, height } = viewport.extent;
  const nodes = nodesInSight(scene);
  const bulk = nodes.length > MANY;
  const clip = svg(
    'clipPath',
    { id: 'plot' },
    svg('rect', { x: GUTTER, y: 0, width: Math.max(0, width - GUTTER), height }),
  );
  const plot = svg('g', { 'clip-path': 'url(#plot)' });
  plot.append(...cones(scene), ...lines(scene), ...raceLine(scene));
  const edges = edgesInSight(scene, new Set(nodes));
  plot.append(...(bulk ? edgesInBulk(scene, edges) : edges.map((edge) => arrow(scene, edge))));
  if (!bulk) plot.append(...labels(scene, nodes));
  plot.append(
    ...(bulk
      ? dotsInBulk(scene, nodes)
      : nodes.filter(({ kind }) => kind === 'event').map((node) => dot(scene, node))),
  );
  plot.append(
    ...[graph.previous, graph.current]
      .flatMap((access) => access && diamond(scene, access))
      .filter((one) => one !== undefined),
    ...rings(scene),
    ...verdict(scene),
  );
  return [
    svg('defs', {}, clip, marker('arrow'), marker('arrow-path'), marker('arrow-hot')),
    plot,
    ...gutter(scene),
  ];
}

const marker = (name: string): SVGElement =>
  svg(
    'marker',
    {
      id: name,
      class: name,
      viewBox: '0 0 8 8',
      refX: 7,
      refY: 4,
      markerWidth: 7,
      markerHeight: 7,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    svg('path', { d: 'M0 .8 7 4 0 7.2Z' }),
  );

export const position = ({ layers, viewport }: Scene, node: Node): [x: number, y: number] => [
  viewport.x(layers.at[node.index]!),
  viewport.y(node.lane),
];

function lanesInSight({ viewport, graph }: Scene): [first: number, last: number] {
  const { laneHeight, height } = viewport.extent;
  const first = Math.max(0, Math.floor((viewport.top - TOP) / laneHeight) - 1);
  return [first, Math.min(graph.lanes.length - 1, Math.ceil((viewport.top + height) / laneHeight))];
}

function nodesInSight(scene: Scene): Node[] {
  const { graph, layers, viewport } = scene;
  const [from, to] = lanesInSight(scene);
  const [first, last] = viewport.range;
  const margin = 20 / viewport.unit;
  const found: Node[] = [];
  for (let lane = from; lane <= to; lane++) {
    for (const node of graph.lanes[lane]!.nodes) {
      const layer = layers.at[node.index]!;
      if (layer > last + margin) break;
      if (layer >= first - margin) found.push(node);
    }
  }
  return found;
}

/** What is implied is drawn for the node that is looked at; an arrow that only passes through, if it is of the path. */
function edgesInSight({ graph, hover, focus }: Scene, nodes: ReadonlySet<Node>): Edge[] {
  const looked = [hover?.index, focus?.index];
  return graph.edges.filter(({ from, to, path, implied }) => {
    if (path || looked.includes(to)) return true;
    return !implied && (nodes.has(graph.nodes[from]!) || nodes.has(graph.nodes[to]!));
  });
}

function cones({ cones: found, graph, layers, viewport }: Scene): SVGElement[] {
  const { current, previous } = graph;
  if (found === undefined || current === undefined || previous === undefined) return [];
  const { laneHeight } = viewport.extent;
  const half = Math.min(laneHeight / 2 - 3, 16);
  const end = viewport.x(layers.count) + 40;
  return graph.lanes.flatMap(({ nodes }, lane) => {
    const y = viewport.y(lane) - half;
    const band = (name: string, from: number, to: number): SVGElement =>
      svg('rect', { class: name, x: from, y, width: Math.max(0, to - from), height: 2 * half, rx: half });
    const bands: SVGElement[] = [];
    // a lane is all before its last node that is
    const own = (at: Node): boolean => at.lane === lane;
    const past = own(current) ? current : nodes[found.past[lane]! - 1];
    if (past !== undefined)
      bands.push(
        band('past', Math.min(viewport.x(0), GUTTER) - 60, viewport.x(layers.at[past.index]!) + half),
      );
    const future = own(previous) ? previous : nodes[found.future[lane]!];
    if (future !== undefined)
      bands.push(
        band(
          'future',
          viewport.x(layers.at[future.index]!) - half,
          Math.max(end, viewport.extent.width + 60),
        ),
      );
    return bands;
  });
}

function lines(scene: Scene): SVGElement[] {
  const { viewport } = scene;
  const [from, to] = lanesInSight(scene);
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const y = viewport.y(from + index);
    return svg('line', { class: 'lane', x1: GUTTER, x2: viewport.extent.width, y1: y, y2: y });
  });
}

/** Between the two accesses, which stand one above the other: nothing. */
function raceLine(scene: Scene): SVGElement[] {
  const { current, previous } = scene.graph;
  if (current === undefined || previous === undefined) return [];
  const [x1, y1] = position(scene, previous);
  const [x2, y2] = position(scene, current);
  return [svg('line', { class: 'race-line', x1, y1, x2, y2 })];
}

const isNarrow = ({ viewport }: Scene): boolean => viewport.extent.laneHeight < 40;

function verdict(scene: Scene): SVGElement[] {
  const { current, previous } = scene.graph;
  if (scene.cones === undefined || current === undefined || previous === undefined) return [];
  const [x1, y1] = position(scene, previous);
  const [x2, y2] = position(scene, current);
  // between two lanes, where no dot is
  const gap = scene.viewport.extent.laneHeight / 2;
  const y = y1 + Math.sign(y2 - y1) * Math.min(gap, Math.abs(y2 - y1) / 2);
  const x = (x1 + x2) / 2;
  const [text, half] = isNarrow(scene) ? ['✕', 7] : ['✕ no path', 33];
  const high = Math.min(half, 10);
  return [
    svg('rect', {
      class: 'verdict-box',
      x: x - half,
      y: y - high,
      width: 2 * half,
      height: 2 * high,
      rx: high,
    }),
    svg('text', { class: 'verdict', x, y: y + 4, 'text-anchor': 'middle' }, text),
  ];
}

function curve(scene: Scene, { from, to }: Edge): string {
  const [x1, y1] = position(scene, scene.graph.nodes[from]!);
  const [x2, y2] = position(scene, scene.graph.nodes[to]!);
  const bend = Math.max(10, Math.min(60, (x2 - x1) / 2));
  // the head ends at the rim of the dot, whatever side it comes from
  const [dx, dy] = [bend, (y2 - y1) * 0.18];
  const length = Math.hypot(dx, dy) || 1;
  const [ex, ey] = [x2 - (dx / length) * (R + 2), y2 - (dy / length) * (R + 2)];
  return `M${n(x1)} ${n(y1)}C${n(x1 + bend)} ${n(y1)} ${n(ex - dx)} ${n(ey - dy)} ${n(ex)} ${n(ey)}`;
}

const n = (value: number): string => `${Math.round(value * 10) / 10}`;

function arrow(scene: Scene, edge: Edge): SVGElement {
  const { focus, hover } = scene;
  const hot = [focus?.index, hover?.index].some((one) => one === edge.from || one === edge.to);
  const names = ['edge', edge.path ? 'path' : '', edge.exact ? '' : 'inexact', hot ? 'hot' : ''];
  const head = edge.path ? 'arrow-path' : hot ? 'arrow-hot' : 'arrow';
  return svg('path', {
    class: names.filter(Boolean).join(' '),
    d: curve(scene, edge),
    'marker-end': `url(#${head})`,
    'data-from': edge.from,
    'data-to': edge.to,
  });
}

function edgesInBulk(scene: Scene, edges: readonly Edge[]): SVGElement[] {
  const { graph, focus, hover } = scene;
  const own = (edge: Edge): boolean =>
    edge.path || [focus?.index, hover?.index].some((one) => one === edge.from || one === edge.to);
  const d: string[] = [];
  for (const edge of edges) {
    if (own(edge)) continue;
    const [x1, y1] = position(scene, graph.nodes[edge.from]!);
    const [x2, y2] = position(scene, graph.nodes[edge.to]!);
    d.push(`M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}`);
  }
  return [
    svg('path', { class: 'edges', d: d.join('') }),
    ...edges.filter(own).map((edge) => arrow(scene, edge)),
  ];
}

const classOf = (node: Node, path: readonly number[]): string => {
  if (node.kind === 'access') return node.access.role;
  const { releases, acquires } = node.event;
  const what = releases
    ? acquires.length > 0
      ? 'both'
      : 'releases'
    : acquires.length > 0
      ? 'acquires'
      : 'local';
  return path.includes(node.index) ? `${what} path` : what;
};

function dot(scene: Scene, node: Node): SVGElement {
  const [cx, cy] = position(scene, node);
  const names = classOf(node, scene.graph.path);
  return svg('circle', {
    class: `dot ${names}`,
    cx,
    cy,
    r: names.startsWith('local') ? 3 : R,
    'data-node': node.index,
  });
}

function dotsInBulk(scene: Scene, nodes: readonly Node[]): SVGElement[] {
  const d: string[] = [];
  const seen = new Set<number>();
  const { width } = scene.viewport.extent;
  for (const node of nodes) {
    if (node.kind === 'access') continue;
    const [x, y] = position(scene, node);
    // at one pixel there is one dot
    const pixel = node.lane * (width + 100) + Math.round(x);
    if (seen.has(pixel)) continue;
    seen.add(pixel);
    d.push(`M${n(x)} ${n(y)}h0`);
  }
  const path = nodes.filter((node) => node.kind === 'event' && scene.graph.path.includes(node.index));
  return [svg('path', { class: 'dots', d: d.join('') }), ...path.map((node) => dot(scene, node))];
}

function diamond(scene: Scene, node: Node): SVGElement {
  const size = isNarrow(scene) ? 8 : 10;
  const [x, y] = position(scene, node);
  return svg('path', {
    class: `access ${classOf(node, [])}`,
    d: `M${x} ${y - size}l${size} ${size}-${size} ${size}-${size}-${size}Z`,
    'data-node': node.index,
  });
}

function rings(scene: Scene): SVGElement[] {
  const { focus, hover } = scene;
  return [hover, focus].flatMap((node, index) => {
    if (node === undefined) return [];
    const [cx, cy] = position(scene, node);
    return svg('circle', {
      class: index === 0 ? 'ring hover' : 'ring',
      cx,
      cy,
      r: node.kind === 'access' ? 15 : R + 5,
    });
  });
}

/** pixels of a letter, about */
const LETTER = 6.1;

/** pixels a layer from which on labels stand in one row; in two rows each has twice the room */
const ONE_ROW = 100;
/** letters that say something */
const FEWEST = 6;

/** Beside each dot, as far as there is room before the next one. */
function labels(scene: Scene, nodes: readonly Node[]): SVGElement[] {
  if (isNarrow(scene)) return [];
  const rows = scene.viewport.unit < ONE_ROW ? 2 : 1;
  return nodes.flatMap((node) =>
    node.kind === 'access' ? accessLabel(scene, node) : eventText(scene, node, rows),
  );
}

function accessLabel(scene: Scene, node: AccessNode): SVGElement {
  const [x, y] = position(scene, node);
  const { role, type } = node.access;
  const side = away(scene.graph, node);
  const attributes = { class: `label ${role}`, x: x - 10, y: y + (side > 0 ? 25 : -17) };
  return svg('text', attributes, `${role} ${type}`);
}

function eventText(scene: Scene, node: EventNode, rows: number): SVGElement[] {
  const { viewport, layers, graph } = scene;
  const [x, y] = position(scene, node);
  const lane = graph.lanes[node.lane]!.nodes;
  // the name of an access is not covered
  const ahead = [...Array(rows).keys()].map((index) => lane[node.position + 1 + index]);
  const next = ahead.find((one) => one?.kind === 'access') ?? ahead.at(-1);
  const room = next === undefined ? 190 : viewport.x(layers.at[next.index]!) - x;
  const text = eventLabel(node.event);
  const letters = Math.floor((room - 12) / LETTER);
  if (letters < Math.min(FEWEST, text.length)) return [];
  const short = text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
  // beside an access: on the side where its name is not
  const beside = [lane[node.position - 1], lane[node.position + 1]].find((one) => one?.kind === 'access');
  const above = beside ? away(graph, beside) > 0 : node.position % 2 === 1;
  return [svg('text', { class: 'label', x: x - R, y: y + (rows === 2 && above ? -13 : 20) }, short)];
}

/** An access is named on the side where the other one is not. */
const away = ({ current, previous }: Graph, node: Node): 1 | -1 =>
  ((node === current ? previous : current)?.lane ?? 0) > node.lane ? -1 : 1;

function gutter(scene: Scene): SVGElement[] {
  const { viewport, names, graph } = scene;
  const { height, laneHeight } = viewport.extent;
  const [from, to] = lanesInSight(scene);
  const letters = Math.floor((GUTTER - 24) / 6.8);
  const texts = names.slice(from, to + 1).map((name, index) => {
    const lane = from + index;
    const role = graph.current?.lane === lane ? 'current' : graph.previous?.lane === lane ? 'previous' : '';
    return svg(
      'text',
      { class: `lane-name ${role}`, x: 14, y: viewport.y(lane) + 4 },
      svg('title', {}, name),
      name.length > letters ? `${name.slice(0, letters - 1)}…` : name,
    );
  });
  return [
    svg('rect', { class: 'gutter', x: 0, y: 0, width: GUTTER, height }),
    svg('line', { class: 'gutter-line', x1: GUTTER, x2: GUTTER, y1: 0, y2: height }),
    ...(laneHeight > 0 ? texts : []),
  ];
}
