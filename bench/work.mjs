// How much each kernel does: `size` and `reps` such that the plain run takes 0.3-1 s on a machine of two cores: those
// that README's figures of other detectors were measured with (a third repetition of mutex: two can be too short),
// and the `short` size that fills the cache and serves `--quick`.

export const WORK = {
  sum: { size: 4194304, reps: 480, short: 4096 },
  axpy: { size: 1048576, reps: 1050, short: 4096 },
  stencil: { size: 1026, reps: 370, short: 66 },
  matmul: { size: 500, reps: 8, short: 32 },
  sieve: { size: 16777216, reps: 28, short: 4096 },
  histogram: { size: 4194304, reps: 12, short: 4096 },
  mutex: { size: 1000000, reps: 3, short: 500 },
  spsc: { size: 1000000, reps: 7, short: 500 },
  sort: { size: 2097152, reps: 4, short: 4096 },
  mandel: { size: 700, reps: 10, short: 32 },
  table: { size: 4194304, reps: 30, short: 4096 },
  private: { size: 400, reps: 90, short: 32 },
  local: { size: 1048576, reps: 800, short: 4096 },
  // the same loop over an array that fits the cache together with its shadow
  'sum-64Ki': { size: 65536, reps: 20480, short: 4096, program: 'sum' },
};

/** These two show where a cost comes from. They stay out of the mean, which is that of the twelve kernels others ran. */
export const EXTRA = ['local', 'sum-64Ki'];

/** Where a new epoch in each pass costs most: they have a mean of their own in the barrier regime. */
export const PASSES = ['sum', 'axpy', 'stencil', 'matmul', 'sieve', 'table'];
