// No shared memory at all: objects (bodies), plain arrays (LCS rows) and a local Int32Array.
import type { Context, Work } from './kernel.ts';
import { xorshift } from './util.ts';

interface Body {
  x: number;
  y: number;
  z: number;
  vx: number;
  vy: number;
  vz: number;
  mass: number;
}

type Shared = Record<string, never>;

const BODIES = 48;
const LCS = 1000;
const LOCAL = 65536;

export function setup(): Shared {
  return {};
}

function advance(bodies: Body[], dt: number): void {
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      const d2 = dx * dx + dy * dy + dz * dz + 0.01;
      const mag = dt / (d2 * Math.sqrt(d2));
      a.vx -= dx * b.mass * mag;
      a.vy -= dy * b.mass * mag;
      a.vz -= dz * b.mass * mag;
      b.vx += dx * a.mass * mag;
      b.vy += dy * a.mass * mag;
      b.vz += dz * a.mass * mag;
    }
  }
  for (const b of bodies) {
    b.x += dt * b.vx;
    b.y += dt * b.vy;
    b.z += dt * b.vz;
  }
}

function lcs(s: number[], t: number[], n: number, prev: number[], cur: number[]): number {
  for (let j = 0; j <= n; j++) {
    prev[j] = 0;
    cur[j] = 0;
  }
  for (let i = 1; i <= n; i++) {
    for (let j = 1; j <= n; j++) {
      if (s[i - 1] === t[j - 1]) cur[j] = prev[j - 1] + 1;
      else cur[j] = prev[j] > cur[j - 1] ? prev[j] : cur[j - 1];
    }
    const swap = prev;
    prev = cur;
    cur = swap;
  }
  return prev[n];
}

function scramble(buf: Int32Array, x: number): number {
  for (let i = 0; i < buf.length; i++) {
    x = xorshift(x);
    buf[i] = x;
  }
  for (let i = 1; i < buf.length; i++) buf[i] += buf[i - 1];
  let h = 0;
  for (let i = 0; i < buf.length; i++) h = (Math.imul(h, 31) + buf[i]) | 0;
  return h >>> 0;
}

export function create({ id, size }: Context<Shared>): Work {
  function run(reps: number): number {
    let x = id * 7919 + 1;
    const next = () => {
      x = xorshift(x);
      return x >>> 0;
    };
    const bodies: Body[] = [];
    for (let i = 0; i < BODIES; i++) {
      bodies.push({
        x: (next() % 1000) * 0.01,
        y: (next() % 1000) * 0.01,
        z: (next() % 1000) * 0.01,
        vx: 0,
        vy: 0,
        vz: 0,
        mass: 1 + (i % 5),
      });
    }
    const s: number[] = [];
    const t: number[] = [];
    for (let i = 0; i < LCS; i++) {
      s.push(next() % 4);
      t.push(next() % 4);
    }
    const prev = new Array<number>(LCS + 1).fill(0);
    const cur = new Array<number>(LCS + 1).fill(0);
    const buf = new Int32Array(LOCAL);
    let sum = 0;
    for (let r = 0; r < reps; r++) {
      for (let i = 0; i < size; i++) advance(bodies, 0.001);
      sum += lcs(s, t, LCS, prev, cur);
      for (let k = 0; k < 4; k++) sum += scramble(buf, (x + k) | 0);
    }
    for (const b of bodies) sum += b.x + b.y + b.z;
    return sum;
  }

  return { run };
}
