/**
 * The happens-before graph of one race: the events that were kept of each thread, in its order, and an edge from each
 * release to each acquire that saw it. The two accesses are nodes of it. A pure function of the report. That of a trace
 * has events alone.
 *
 * The history is bounded, so a release may be missing. The acquire still says which epoch it saw: its edge then comes
 * from the last event that is known to lie in or before that epoch, and is marked as inexact. That misses order and
 * invents none.
 *
 * A document may come from anybody. Edges that would close a cycle are left out, so all of this ends.
 */
import type { AccessReport, EpochReport, RaceReport, SyncEvent, SyncKind } from '../../report/report.ts';

export interface EventNode {
  kind: 'event';
  index: number;
  lane: number;
  /** its place among the nodes of its lane */
  position: number;
  event: SyncEvent;
}

export interface AccessNode {
  kind: 'access';
  index: number;
  lane: number;
  position: number;
  access: AccessReport;
  /** the document says when in its thread it was; else it stands at the end */
  placed: boolean;
}

export type Node = EventNode | AccessNode;

export interface Edge {
  from: number;
  to: number;
  /** the first release that may be meant: it is no later than the one that was seen */
  earliest: number;
  exact: boolean;
  /** others lead from the one to the other as well: it need not be drawn */
  implied: boolean;
  /** part of the last path by which the thread of the current access heard of the previous one's */
  path: boolean;
}

export interface Lane {
  thread: string;
  nodes: Node[];
}

export interface Graph {
  nodes: Node[];
  lanes: Lane[];
  edges: Edge[];
  /** edges by the index of their node */
  into: Edge[][];
  outOf: Edge[][];
  /** every node after those that happen before it */
  topological: Node[];
  /** of a race */
  current: AccessNode | undefined;
  previous: AccessNode | undefined;
  /** indices of the events of the last path, in their order */
  path: number[];
}

export interface RaceGraph extends Graph {
  current: AccessNode;
  previous: AccessNode;
}

const key = (thread: string, n: number): string => `${n} ${thread}`;

export function graphOf({ accesses, why }: RaceReport): RaceGraph {
  const events = [
    ...(why?.events ?? []),
    ...(why?.lastPath ?? []),
    ...[...(why?.locks.current ?? []), ...(why?.locks.previous ?? [])].map(({ since }) => since),
  ];
  return build(events, accesses, why?.lastPath ?? []) as RaceGraph;
}

/** Of no race. */
export const graphOfEvents = (events: readonly SyncEvent[]): Graph => build(events, [], []);

function build(
  given: readonly SyncEvent[],
  accesses: readonly AccessReport[],
  lastPath: readonly SyncEvent[],
): Graph {
  const byThread = new Map<string, SyncEvent[]>();
  const known = new Set<string>();
  const take = (event: SyncEvent): void => {
    if (known.has(key(event.thread, event.order))) return;
    known.add(key(event.thread, event.order));
    const events = byThread.get(event.thread);
    if (events === undefined) byThread.set(event.thread, [event]);
    else events.push(event);
  };
  for (const event of given) take(event);
  for (const { thread } of accesses) if (!byThread.has(thread)) byThread.set(thread, []);

  const nodes: Node[] = [];
  const lanes: Lane[] = [];
  const accessNodes: AccessNode[] = [];
  for (const [thread, events] of [...byThread].sort(laneOrder(accesses, byThread.size))) {
    const lane: Lane = { thread, nodes: [] };
    const add = (
      node: { kind: 'event'; event: SyncEvent } | Omit<AccessNode, 'index' | 'lane' | 'position'>,
    ): Node => {
      const full = { ...node, index: nodes.length, lane: lanes.length, position: lane.nodes.length } as Node;
      nodes.push(full);
      lane.nodes.push(full);
      return full;
    };
    events.sort((a, b) => a.order - b.order);
    // the previous one first, if one thread should be named for both
    const due = accesses.filter((access) => access.thread === thread).reverse();
    const put = (before: number): void => {
      for (const access of due.filter(({ epoch }) => epoch !== undefined && epoch.order <= before)) {
        due.splice(due.indexOf(access), 1);
        accessNodes.push(add({ kind: 'access', access, placed: true }) as AccessNode);
      }
    };
    for (const event of events) {
      put(event.order);
      add({ kind: 'event', event });
    }
    put(Number.POSITIVE_INFINITY);
    for (const access of due) accessNodes.push(add({ kind: 'access', access, placed: false }) as AccessNode);
    lanes.push(lane);
  }

  const placed = new Map(
    nodes.flatMap((node) =>
      node.kind === 'event' ? [[key(node.event.thread, node.event.order), node] as const] : [],
    ),
  );
  const path = lastPath.flatMap(({ thread, order }) => placed.get(key(thread, order)) ?? []);
  const all = edgesOf(
    nodes,
    lanes,
    path.map(({ index }) => index),
  );
  const { topological, edges } = consistent(nodes, lanes, all);
  markImplied(nodes, lanes, edges, topological);
  const [into, outOf] = [nodes.map((): Edge[] => []), nodes.map((): Edge[] => [])];
  for (const edge of edges) {
    into[edge.to]!.push(edge);
    outOf[edge.from]!.push(edge);
  }
  const of = (role: AccessReport['role']): AccessNode | undefined =>
    accessNodes.find(({ access }) => access.role === role);
  return {
    nodes,
    lanes,
    edges,
    into,
    outOf,
    topological,
    current: of('current'),
    previous: of('previous'),
    path: path.map(({ index }) => index),
  };
}

/** How many lanes are taken in at a glance; of more, those of the race come first. */
const FEW = 8;

function laneOrder(
  accesses: readonly AccessReport[],
  lanes: number,
): (a: [string, unknown], b: [string, unknown]) => number {
  const rank = (thread: string): number =>
    lanes > FEW && accesses.some((access) => access.thread === thread) ? 0 : 1;
  const collator = new Intl.Collator('en', { numeric: true });
  return ([a], [b]) => rank(a) - rank(b) || collator.compare(a, b);
}

/**
 * A thread may release several times in one epoch, if it touches nothing in between; the acquire names the epoch alone.
 * What the two were done to tells which is meant, and the last path does.
 */
function edgesOf(nodes: readonly Node[], lanes: readonly Lane[], path: readonly number[]): Edge[] {
  const releases = new Map<string, EventNode[]>();
  for (const node of nodes) {
    if (node.kind !== 'event' || !node.event.releases) continue;
    const same = releases.get(key(node.event.thread, node.event.clock));
    if (same === undefined) releases.set(key(node.event.thread, node.event.clock), [node]);
    else same.push(node);
  }
  const eventsOf = new Map(
    lanes.map((lane) => [lane.thread, lane.nodes.filter((node) => node.kind === 'event')]),
  );
  const steps = new Map(path.map((index, step) => [index, path[step - 1]]));
  const edges: Edge[] = [];
  for (const node of nodes) {
    if (node.kind !== 'event') continue;
    for (const seen of node.event.acquires) {
      const all = releases.get(key(seen.thread, seen.clock)) ?? [];
      const fitting = all.filter((release) => fits(release.event, node.event));
      const candidates = fitting.length > 0 ? fitting : all;
      const told = all.find(({ index }) => index === steps.get(node.index));
      const exact = told ?? candidates.at(-1);
      const from = exact?.index ?? lastWithin(eventsOf.get(seen.thread) ?? [], seen);
      if (from === undefined || nodes[from]!.lane === node.lane) continue;
      edges.push({
        from,
        to: node.index,
        earliest: told?.index ?? candidates[0]?.index ?? from,
        exact: exact !== undefined,
        implied: false,
        path: told !== undefined,
      });
    }
  }
  return edges;
}

const ENDS: Partial<Record<SyncKind, SyncKind>> = {
  receive: 'post',
  start: 'start-worker',
  join: 'end',
  closed: 'close',
};

function fits(release: SyncEvent, acquire: SyncEvent): boolean {
  const kind = ENDS[acquire.kind];
  if (kind === undefined) return release.object === acquire.object;
  // a worker is named by its number: `thread 2` is `4711:2`
  const started = `thread ${acquire.thread.slice(acquire.thread.indexOf(':') + 1)}`;
  return release.kind === kind && (kind !== 'start-worker' || release.object === started);
}

/** The last event in an epoch up to that one. Epochs of a thread grow, so it is found by halving. */
function lastWithin(events: readonly EventNode[], { clock }: EpochReport): number | undefined {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.event.clock <= clock) low = middle + 1;
    else high = middle;
  }
  return events[low - 1]?.index;
}

/** A release that was taken for the wrong one of its epoch can close a cycle: the earliest ones cannot. */
function consistent(
  nodes: readonly Node[],
  lanes: readonly Lane[],
  all: readonly Edge[],
): { topological: Node[]; edges: Edge[] } {
  const first = acyclic(nodes, lanes, all);
  if (first.edges.length === all.length) return first;
  return acyclic(
    nodes,
    lanes,
    all.map((edge) => ({ ...edge, from: edge.earliest })),
  );
}

/** Kahn's algorithm. In a cycle the lane's own order stands, and the edge that contradicts it goes. */
function acyclic(
  nodes: readonly Node[],
  lanes: readonly Lane[],
  edges: readonly Edge[],
): { topological: Node[]; edges: Edge[] } {
  const missing = nodes.map(({ position }) => (position === 0 ? 0 : 1));
  const outOf = nodes.map((): Edge[] => []);
  for (const edge of edges) {
    missing[edge.to]!++;
    outOf[edge.from]!.push(edge);
  }
  const rank = new Int32Array(nodes.length).fill(-1);
  const topological: Node[] = [];
  const ready = nodes.filter(({ index }) => missing[index] === 0);
  let at = 0;
  const settle = (node: Node): void => {
    rank[node.index] = topological.length;
    topological.push(node);
    const next = lanes[node.lane]!.nodes[node.position + 1];
    for (const to of [...outOf[node.index]!.map((edge) => nodes[edge.to]!), ...(next ? [next] : [])])
      if (--missing[to.index]! === 0 && rank[to.index] === -1) ready.push(to);
  };
  const nextOf = lanes.map(() => 0);
  for (;;) {
    for (; at < ready.length; at++) settle(ready[at]!);
    if (topological.length === nodes.length) break;
    // stuck: the first lane that has something left goes on
    for (const [lane, { nodes: own }] of lanes.entries()) {
      while (own[nextOf[lane]!] !== undefined && rank[own[nextOf[lane]!]!.index] !== -1) nextOf[lane]!++;
      const stuck = own[nextOf[lane]!];
      if (stuck === undefined) continue;
      missing[stuck.index] = 0;
      ready.push(stuck);
      break;
    }
  }
  return { topological, edges: edges.filter(({ from, to }) => rank[from]! < rank[to]!) };
}

/** numbers of the largest table that is worth its memory */
const LARGEST = 32_000_000;

/**
 * Whoever hears of a thread hears of all that it has heard of: an acquire names all that was news, most of it at second
 * hand. Such an edge is implied where a third node lies between its ends.
 */
function markImplied(
  nodes: readonly Node[],
  lanes: readonly Lane[],
  edges: readonly Edge[],
  topological: readonly Node[],
): void {
  const width = lanes.length;
  if (nodes.length * width > LARGEST) return;
  const into = nodes.map((): Edge[] => []);
  for (const edge of edges) into[edge.to]!.push(edge);
  /** a row for each node: how many nodes of each lane happen before it, itself included */
  const known = new Int32Array(nodes.length * width);
  for (const node of topological) {
    const row = node.index * width;
    const before = lanes[node.lane]!.nodes[node.position - 1];
    const sources = into[node.index]!.map(({ from }) => from);
    if (before !== undefined) sources.push(before.index);
    for (const edge of into[node.index]!) {
      const { lane, position } = nodes[edge.from]!;
      edge.implied = sources.some((one) => one !== edge.from && known[one * width + lane]! > position);
    }
    for (const source of sources) {
      for (let lane = 0; lane < width; lane++) {
        const seen = known[source * width + lane]!;
        if (seen > known[row + lane]!) known[row + lane] = seen;
      }
    }
    known[row + node.lane] = node.position + 1;
  }
}
