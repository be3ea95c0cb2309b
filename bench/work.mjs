// How much each kernel does: `size` and `reps` such that the plain run takes 0.2-1 s on a machine of two cores (`table`
// less, since it takes so much longer under tsrace), and the `short` size that fills the cache and serves `--quick`.

export const WORK = {
  sum: { size: 4194304, reps: 240, short: 4096 },
  axpy: { size: 1048576, reps: 400, short: 4096 },
  stencil: { size: 1026, reps: 200, short: 66 },
  matmul: { size: 400, reps: 8, short: 32 },
  sieve: { size: 8388608, reps: 20, short: 4096 },
  histogram: { size: 4194304, reps: 8, short: 4096 },
  mutex: { size: 500000, reps: 2, short: 500 },
  spsc: { size: 500000, reps: 5, short: 500 },
  sort: { size: 1048576, reps: 4, short: 4096 },
  mandel: { size: 500, reps: 10, short: 32 },
  table: { size: 4194304, reps: 8, short: 4096 },
  private: { size: 400, reps: 40, short: 32 },
  local: { size: 1048576, reps: 400, short: 4096 },
  // the same loop over an array that fits the cache together with its shadow
  'sum-64Ki': { size: 65536, reps: 15360, short: 4096, program: 'sum' },
};

/** These two show where a cost comes from. They stay out of the mean, which is that of the twelve kernels others ran. */
export const EXTRA = ['local', 'sum-64Ki'];

/** Where a new epoch in each pass costs most: they have a mean of their own in the barrier regime. */
export const PASSES = ['sum', 'axpy', 'stencil', 'matmul', 'sieve', 'table'];
