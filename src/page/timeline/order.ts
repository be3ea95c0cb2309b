/**
 * Who happens before whom. Time within a lane is linear, so all that happens before a node (its past) is known by one
 * number a lane: how many of its nodes belong to it. The same holds for all that comes after it.
 */
import type { EpochReport } from '../../report/report.ts';
import type { Graph, Node, RaceGraph } from './graph.ts';

/** by lane: the nodes at positions below that happen before it */
export function pastOf(graph: Graph, node: Node): Int32Array {
  const reach = new Int32Array(graph.lanes.length);
  const work: [lane: number, count: number][] = [[node.lane, node.position]];
  visitInto(graph, node, work);
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [lane, count] = next;
    const from = reach[lane]!;
    if (count <= from) continue;
    reach[lane] = count;
    for (let i = from; i < count; i++) visitInto(graph, graph.lanes[lane]!.nodes[i]!, work);
  }
  return reach;
}

function visitInto({ into, nodes }: Graph, node: Node, work: [number, number][]): void {
  for (const { from } of into[node.index]!) work.push([nodes[from]!.lane, nodes[from]!.position + 1]);
}

/** by lane: the nodes from this position on come after it; the lane's length where none does */
export function futureOf(graph: Graph, node: Node): Int32Array {
  const reach = Int32Array.from(graph.lanes, ({ nodes }) => nodes.length);
  const work: [lane: number, position: number][] = [[node.lane, node.position + 1]];
  visitOut(graph, node, work);
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [lane, position] = next;
    const until = reach[lane]!;
    if (position >= until) continue;
    reach[lane] = position;
    for (let i = position; i < until; i++) visitOut(graph, graph.lanes[lane]!.nodes[i]!, work);
  }
  return reach;
}

function visitOut({ outOf, nodes }: Graph, node: Node, work: [number, number][]): void {
  for (const { to } of outOf[node.index]!) work.push([nodes[to]!.lane, nodes[to]!.position]);
}

/** The document itself shows a path between the two: it is damaged, or not of one run. */
export const isOrdered = (graph: RaceGraph): boolean =>
  [
    [graph.current, graph.previous],
    [graph.previous, graph.current],
  ].some(([a, b]) => pastOf(graph, b!)[a!.lane]! > a!.position);

/**
 * The vector clock at a node, as far as the kept history tells it: the epoch of each thread up to which all happens
 * before the node (its own thread's: in which it lies). Replayed from the edges; a lower bound.
 */
export function clockAt(graph: Graph, node: Node): EpochReport[] {
  const clock = new Map<string, number>();
  const raise = (thread: string, to: number): void => {
    if (to > (clock.get(thread) ?? -1)) clock.set(thread, to);
  };
  const take = (one: Node): void => {
    if (one.kind === 'access') {
      if (one.access.epoch !== undefined) raise(one.access.thread, one.access.epoch.clock);
      return;
    }
    raise(one.event.thread, one.event.clock);
    for (const { thread, clock: seen } of one.event.acquires) raise(thread, seen);
  };
  pastOf(graph, node).forEach((count, lane) => {
    for (let i = 0; i < count; i++) take(graph.lanes[lane]!.nodes[i]!);
  });
  take(node);
  const lanes = new Set(graph.lanes.map(({ thread }) => thread));
  const rest = [...clock.keys()].filter((thread) => !lanes.has(thread));
  return [...lanes, ...rest].flatMap((thread) => {
    const found = clock.get(thread);
    return found === undefined ? [] : [{ thread, clock: found }];
  });
}
