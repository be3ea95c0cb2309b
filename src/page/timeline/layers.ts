/**
 * Where each node stands on the axis of order: one step after all that happens before it, so every arrow points
 * forward. Time is not drawn; nobody measured it. The two accesses stand at the same place, since nothing orders them.
 */
import type { Graph } from './graph.ts';
import { isOrdered } from './order.ts';

export interface Layers {
  /** by node */
  at: Int32Array;
  count: number;
}

export function layersOf(graph: Graph): Layers {
  const free = layer(graph, 0);
  const { current, previous } = graph;
  const together =
    current !== undefined && previous !== undefined && !isOrdered({ ...graph, current, previous });
  const at = together ? layer(graph, Math.max(free[current.index]!, free[previous.index]!)) : free;
  let last = 0;
  for (const one of at) last = Math.max(last, one);
  return { at, count: last + 1 };
}

/** @param race the accesses stand there, or later */
function layer(graph: Graph, race: number): Int32Array {
  const at = new Int32Array(graph.nodes.length);
  for (const node of graph.topological) {
    let own = node === graph.current || node === graph.previous ? race : 0;
    const before = graph.lanes[node.lane]!.nodes[node.position - 1];
    if (before !== undefined) own = Math.max(own, at[before.index]! + 1);
    for (const { from } of graph.into[node.index]!) own = Math.max(own, at[from]! + 1);
    at[node.index] = own;
  }
  return at;
}
