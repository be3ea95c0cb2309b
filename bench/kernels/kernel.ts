/** What a kernel is: `setup` once in the main thread, `create` once in each worker. */
export interface Context<Shared> {
  shared: Shared;
  barrier: Int32Array;
  id: number;
  threads: number;
  size: number;
}

export interface Work {
  run(reps: number): unknown;
  /** not timed; without it the value is that of the last `run` */
  result?(): number;
}

export interface Kernel {
  setup(size: number, threads: number): unknown;
  create(context: Context<unknown>): Work;
}

export const NAMES: readonly string[] = [
  'sum',
  'axpy',
  'stencil',
  'matmul',
  'sieve',
  'histogram',
  'mutex',
  'spsc',
  'sort',
  'mandel',
  'table',
  'private',
  'local',
];

/** The file's extension is that of this one, so that a transpiled or bundled copy finds its own. */
export const load = (kernel: string): Promise<Kernel> =>
  import(new URL(`${kernel}${/\.\w+$/.exec(import.meta.url)![0]}`, import.meta.url).href);
