// First index of part `id` when n items are split among `threads`.
export function slice(n: number, id: number, threads: number): number {
  return Math.floor((n * id) / threads);
}

export function lcg(x: number): number {
  return (Math.imul(x, 1664525) + 1013904223) | 0;
}

export function xorshift(x: number): number {
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x;
}
