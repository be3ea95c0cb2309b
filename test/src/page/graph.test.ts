/** The graph of the timeline, held to the history that it is made from and to plain reachability. */
import { describe, expect, test } from 'vitest';
import { type Graph, graphOf, type Node, type RaceGraph } from '../../../src/page/timeline/graph.ts';
import { layersOf } from '../../../src/page/timeline/layers.ts';
import { clockAt, futureOf, isOrdered, pastOf } from '../../../src/page/timeline/order.ts';
import type { RaceReport, SyncEvent } from '../../../src/report/report.ts';
import { history, known, large, random } from './samples.ts';

/** All that can be reached by edges and lanes, found the slow way. */
function reachable(graph: Graph, from: Node, without?: number): Set<number> {
  const found = new Set<number>();
  const work = [from];
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    const next = graph.lanes[node.lane]!.nodes[node.position + 1];
    const out = graph.outOf[node.index]!.filter((edge) => graph.edges.indexOf(edge) !== without);
    for (const to of [...out.map((edge) => edge.to), ...(next ? [next.index] : [])]) {
      if (found.has(to)) continue;
      found.add(to);
      work.push(graph.nodes[to]!);
    }
  }
  return found;
}

const members = (graph: Graph, of: (lane: number, position: number) => boolean): Set<number> =>
  new Set(graph.nodes.filter(({ lane, position }) => of(lane, position)).map(({ index }) => index));

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
const sized = (seed: number): { threads: number; events: number; seed: number } => ({
  threads: 2 + (seed % 6),
  events: 20 + seed * 9,
  seed,
});

describe.for(SEEDS)('history %i', (seed) => {
  const race = large(sized(seed));
  const graph = graphOf(race);

  test('past and future are what is reachable', () => {
    for (const node of graph.nodes) {
      const past = pastOf(graph, node);
      expect(members(graph, (lane, position) => position < past[lane]!)).toEqual(
        new Set(graph.nodes.filter((one) => reachable(graph, one).has(node.index)).map(({ index }) => index)),
      );
      const future = futureOf(graph, node);
      expect(members(graph, (lane, position) => position >= future[lane]!)).toEqual(reachable(graph, node));
    }
  });

  test('the cones of the race do not touch', () => {
    expect(isOrdered(graph)).toBe(false);
    const [past, future] = [pastOf(graph, graph.current), futureOf(graph, graph.previous)];
    expect(past.every((count, lane) => count <= future[lane]!)).toBe(true);
  });

  test('the vector clock is what the thread knew', () => {
    const { knew } = history(sized(seed));
    expect(new Map(clockAt(graph, graph.current).map(({ thread, clock }) => [thread, clock]))).toEqual(knew);
  });

  test('every arrow points forward, and the accesses stand at one place', () => {
    const { at } = layersOf(graph);
    for (const { from, to } of graph.edges) expect(at[from]).toBeLessThan(at[to]!);
    for (const { nodes } of graph.lanes)
      nodes.slice(1).forEach((node, before) => {
        expect(at[nodes[before]!.index]).toBeLessThan(at[node.index]!);
      });
    expect(at[graph.current.index]).toBe(at[graph.previous.index]);
  });

  test('an edge is implied where there is another way', () => {
    graph.edges.forEach((edge, index) => {
      expect(edge.implied).toBe(reachable(graph, graph.nodes[edge.from]!, index).has(edge.to));
    });
  });
});

test('accesses stand between the events that the report names', () => {
  const graph = graphOf(known().races[0]!);
  const lane = (node: Node): string[] =>
    graph.lanes[node.lane]!.nodes.map((one) => (one.kind === 'event' ? one.event.kind : one.access.role));
  expect(lane(graph.current)).toEqual(['start', 'atomic-load', 'current', 'end']);
  expect(lane(graph.previous)).toEqual(['start', 'atomic-store', 'previous', 'end']);
  expect(
    graph.edges
      .map(({ from, to, path }) => [graph.nodes[from]!, graph.nodes[to]!, path] as const)
      .filter(([, , path]) => path),
  ).toMatchObject([[{ event: { kind: 'atomic-store' } }, { event: { kind: 'atomic-load' } }, true]]);
});

describe('what a document may lack', () => {
  const changed = (change: (race: RaceReport) => void): RaceGraph => {
    const race = structuredClone(known().races[0]!);
    change(race);
    return graphOf(race);
  };

  test('a history', () => {
    const graph = changed((race) => {
      delete race.why;
    });
    expect(graph.nodes.map(({ kind }) => kind)).toEqual(['access', 'access']);
    expect(graph.edges).toEqual([]);
  });

  test('the moment of an access', () => {
    const graph = changed((race) => {
      delete race.accesses[1].epoch;
    });
    expect([graph.current.placed, graph.previous.placed]).toEqual([true, false]);
    expect(graph.lanes[graph.previous.lane]!.nodes.at(-1)).toBe(graph.previous);
  });

  test('an epoch of its own for each release: what was done tells which is meant', () => {
    const graph = changed(({ why }) => {
      for (const event of why!.events) {
        if (event.thread === '7:0') event.clock = 0;
        for (const seen of event.acquires) if (seen.thread === '7:0') seen.clock = 0;
      }
    });
    const starts = graph.edges.map(({ from, to }) => [graph.nodes[from]!, graph.nodes[to]!] as const);
    const named = starts.flatMap(([from, to]) =>
      from.kind === 'event' && to.kind === 'event' && to.event.kind === 'start'
        ? [[from.event.on, to.event.thread]]
        : [],
    );
    expect(named).toEqual([
      ['worker 1', '7:1'],
      ['worker 2', '7:2'],
    ]);
  });

  test('the same, where the later one would close a cycle', () => {
    const graph = changed(({ why }) => {
      const like = (name: string): SyncEvent =>
        structuredClone(why!.events.find(({ kind }) => kind === name)!);
      // the writer stores, hears of the reader, and stores again in the same epoch
      const [first, second, reads] = [like('atomic-store'), like('atomic-store'), like('atomic-load')];
      const [heard, back] = [like('atomic-load'), like('atomic-store')];
      Object.assign(first, { order: 1 });
      Object.assign(heard, {
        thread: '7:1',
        order: 2,
        object: 'w2',
        acquires: [{ thread: '7:2', clock: 1 }],
      });
      Object.assign(second, { order: 3 });
      Object.assign(reads, { order: 1 });
      Object.assign(back, { thread: '7:2', order: 2, object: 'w2' });
      why!.lastPath = [];
      why!.events = [first, heard, second, reads, back];
    });
    const ends = graph.edges.map(({ from, to }) =>
      [graph.nodes[from]!, graph.nodes[to]!].map((node) =>
        node.kind === 'event' ? `${node.event.thread} ${node.event.order}` : '',
      ),
    );
    expect(ends.sort()).toEqual([
      ['7:1 1', '7:2 1'],
      ['7:2 2', '7:1 2'],
    ]);
  });

  test('a release: the arrow comes from what is known to lie before it', () => {
    const graph = changed(({ why }) => {
      why!.lastPath = [];
      why!.events = why!.events.filter(({ kind }) => kind !== 'atomic-store');
    });
    const edge = graph.edges.find(({ to }) => {
      const node = graph.nodes[to]!;
      return node.kind === 'event' && node.event.kind === 'atomic-load';
    });
    expect(edge).toMatchObject({ exact: false });
    expect(graph.nodes[edge!.from]).toMatchObject({ event: { kind: 'start', thread: '7:1' } });
  });
});

test.for(SEEDS)('an impossible history ends, and every arrow still points forward (%i)', (seed) => {
  const next = random(seed);
  const race = large(sized(seed));
  const { events } = race.why!;
  for (const event of events as SyncEvent[]) {
    event.acquires = [{ thread: `7:${next(9)}`, clock: next(30) }];
    event.clock = next(30);
    event.order = next(60);
    event.releases = next(2) === 0;
  }
  const graph = graphOf(race);
  const { at } = layersOf(graph);
  expect(graph.topological).toHaveLength(graph.nodes.length);
  for (const { from, to } of graph.edges) expect(at[from]).toBeLessThan(at[to]!);
  for (const node of graph.nodes) expect(clockAt(graph, node)).toBeInstanceOf(Array);
});
