/**
 * Stacks as numbers. A stack is a node (parent stack, site); nodes are hash-consed in shared memory, so that
 * a loop of a million accesses has one stack, and any thread can print it. The root of a stack that has a cause
 * (causes.ts) is a node of its own, whose site is the cause, negated.
 *
 * The shared hash table is lossy and free of locks: a slot holds the id of a node that was complete before
 * it was put there; two threads may make the same node twice, which costs memory and nothing else.
 *
 * The current stack is computed from the thread's shadow stack, on the slow path only: the nodes of the last
 * time are kept per depth, and those above the first difference are made anew.
 */

import type { Causes } from './causes.ts';
import { atomicLoad, atomicStore } from './core/memory/atomics.ts';
import type { Table } from './core/memory/table.ts';
import { type Hooks, SITE_BASE, SiteFlag } from './interface.ts';
import { type Locate, type RealFrame, realFrames, realLeaf } from './real-stack.ts';
import type { Sites } from './sites.ts';

const HASH_AT = 64;
const HASH_SIZE = 1 << 17;
const PROBES = 4;
/** what a shadow cell has room for (core/shadow/cell.ts) */
const MAX_STACKS = 2 ** 26;

const LOCAL_SIZE = 1 << 12;
const MEMO_MASK = 1023;
const MEMO_WORDS = 4;
const CALLS = 1 << 10;
const CALL_WORDS = 4;
const CALLS_SHIFT = 22;

export class Stacks {
  private readonly table: Table;
  private readonly hooks: Pick<Hooks, 'd' | 's'>;
  /** reading it of the hooks may say whose code runs (web/windows.ts) */
  private readonly s: Int32Array;
  private readonly sites: Sites;
  /** direct-mapped cache: parent, site, node */
  private readonly local = new Int32Array(LOCAL_SIZE * 3);
  /** by site: what came out last: site, 1 if its function has pushed a frame, callers, stack; of what runs by calls */
  private readonly memo = new Int32Array((MEMO_MASK + 1) * MEMO_WORDS);
  /** by a hash of both: the callers, the site of a call as the code has it, their stack, and the call's implicit flag */
  private readonly calls = new Int32Array(CALLS * CALL_WORDS);
  private seenSites: Int32Array;
  private nodes: Int32Array;
  /** per depth: whether a function up to it ran without a call in the source */
  private implicit: Int32Array;
  private valid = 0;
  private readonly causes: Causes;
  /** a new cause: what was done for the last one is not to stand for what comes */
  private readonly onCause: () => void;
  private readonly seq: number;
  private cause = 0;
  /** Where instrumented code came from; given by the loader. */
  locate: Locate | undefined;

  constructor(
    table: Table,
    hooks: Pick<Hooks, 'd' | 's'>,
    sites: Sites,
    causes: Causes,
    onCause: () => void,
    seq: number,
  ) {
    this.table = table;
    this.causes = causes;
    this.onCause = onCause;
    this.seq = seq;
    this.hooks = hooks;
    this.s = hooks.s;
    this.sites = sites;
    this.seenSites = new Int32Array(256);
    this.nodes = new Int32Array(256);
    this.implicit = new Int32Array(256);
    if (table.words[0] === 16) table.take(HASH_AT + HASH_SIZE - 16);
    table.ensure(HASH_AT + HASH_SIZE);
  }

  /** More of the code's sites are known now: no stack of the last time stands. */
  forget(): void {
    this.valid = 0;
  }

  /** The stack of an access at `site`, in the activation that runs now. */
  ofAccess(site: number): number {
    const { memo } = this;
    const at = (site & MEMO_MASK) * MEMO_WORDS;
    if (memo[at] === site && this.causes.current() === this.cause) {
      const depth = this.hooks.d - (memo[at + 1] as number);
      if (depth >= 0 && depth <= this.valid && memo[at + 2] === this.nodes[depth]) {
        const { s, seenSites } = this;
        let i = depth;
        while (i > 0 && s[i] === seenSites[i]) i--;
        if (i === 0) return memo[at + 3] as number;
      }
    }
    return this.ofNewAccess(site);
  }

  /** What the memo does not know. */
  private ofNewAccess(site: number): number {
    const { memo } = this;
    const at = (site & MEMO_MASK) * MEMO_WORDS;
    const own = this.sites.own(site);
    if (own !== 0) this.sites.touched(own, this.seq);
    const flags = own === 0 ? 0 : this.sites.flags(own);
    const pushed = flags & SiteFlag.PUSHED;
    const depth = this.hooks.d - pushed;
    const callers = this.prefix(depth);
    if ((flags & SiteFlag.IMPLICIT) !== 0 || this.isImplicit(depth)) return this.real(own, callers);
    const stack = this.grown(callers, own);
    if (own === 0) return stack;
    memo[at] = site;
    memo[at + 1] = pushed;
    memo[at + 2] = callers;
    memo[at + 3] = stack;
    return stack;
  }

  /** The stack whose last frame is the call in progress. */
  ofCall(): number {
    const depth = this.hooks.d;
    const stack = this.prefix(depth);
    return this.isImplicit(depth) ? this.real(this.sites.own(this.s[depth] as number), stack) : stack;
  }

  /**
   * The stack of what the engine may do without a call in the source, where the call in progress is `call` (`ofCall`):
   * a view becomes a string; it iterates in the name of a function that has noted no call when the pattern is a
   * parameter's, and when `await` has taken the frame away. What was noted last is then a call of its caller's, or
   * an earlier one, or nothing.
   */
  ofNative(call: number): number {
    const depth = this.hooks.d;
    const site = depth > 0 ? this.sites.own(this.s[depth] as number) : 0;
    const isNoted = site >= SITE_BASE && (this.sites.flags(site) & SiteFlag.CALL) === 0;
    if (isNoted || this.locate === undefined) return call;
    const leaf = realLeaf(this.locate);
    if (leaf !== undefined && site >= SITE_BASE) {
      const { file, line } = this.sites.get(site);
      if (leaf.line === line && leaf.file === file) return call;
    }
    const frames = realFrames(this.locate);
    return frames.length === 0 ? call : this.ofFrames(frames, 0);
  }

  private isImplicit(depth: number): boolean {
    return depth > 0 && this.implicit[Math.min(depth, this.implicit.length - 1)] !== 0;
  }

  /** The real stack with `leaf` innermost, which the shadow stack knows exactly; `otherwise` if there is none. */
  private real(leaf: number, otherwise: number): number {
    const frames = this.locate === undefined ? [] : realFrames(this.locate);
    return this.grown(frames.length > 0 ? this.ofFrames(frames, 1) : otherwise, leaf);
  }

  /** Real frames as a stack, without the `from` innermost ones. */
  private ofFrames(frames: RealFrame[], from: number): number {
    let stack = this.nodes[0] as number;
    for (let i = frames.length - 1; i >= from; i--)
      stack = this.grown(stack, this.sites.ofFrame(frames[i] as RealFrame));
    return stack;
  }

  private prefix(depth: number): number {
    if (this.causes.active) this.followCause();
    if (depth <= 0) return this.nodes[0] as number;
    const { s } = this;
    const top = Math.min(depth, s.length - 1);
    if (top >= this.nodes.length) this.deepen(top);
    const { nodes, seenSites, calls, implicit } = this;
    const known = Math.min(top, this.valid);
    let i = 1;
    while (i <= known && s[i] === seenSites[i]) i++;
    if (i <= top) {
      for (; i <= top; i++) {
        const site = s[i] as number;
        const callers = nodes[i - 1] as number;
        const at =
          (Math.imul(Math.imul(callers, 0x9e3779b1) ^ site, 0x85ebca6b) >>> CALLS_SHIFT) * CALL_WORDS;
        if (calls[at] !== callers || calls[at + 1] !== site) this.meet(at, callers, site);
        seenSites[i] = site;
        nodes[i] = calls[at + 2] as number;
        implicit[i] = (implicit[i - 1] as number) | (calls[at + 3] as number);
      }
      this.valid = top;
    }
    return nodes[top] as number;
  }

  /** Notes a call that is not in `calls`, there. */
  private meet(at: number, callers: number, site: number): void {
    const own = this.sites.own(site);
    const stack = this.grown(callers, own);
    const { calls } = this;
    calls[at] = callers;
    calls[at + 1] = site;
    calls[at + 2] = stack;
    calls[at + 3] = this.implicitFlag(own);
    // the code may say later which module it is
    if (own === 0) calls[at + 1] = -1;
  }

  private followCause(): void {
    const cause = this.causes.current();
    if (cause === this.cause) return;
    this.cause = cause;
    this.nodes[0] = cause === 0 ? 0 : this.cached(0, -cause);
    this.valid = 0;
    this.onCause();
  }

  private implicitFlag(site: number): number {
    return site < SITE_BASE ? 0 : this.sites.flags(site) & SiteFlag.IMPLICIT;
  }

  private deepen(depth: number): void {
    const longer = (old: Int32Array): Int32Array => {
      const array = new Int32Array(depth * 2);
      array.set(old);
      return array;
    };
    this.nodes = longer(this.nodes);
    this.seenSites = longer(this.seenSites);
    this.implicit = longer(this.implicit);
  }

  private grown(parent: number, site: number): number {
    return site < SITE_BASE ? parent : this.cached(parent, site);
  }

  private cached(parent: number, site: number): number {
    const hash = Math.imul(Math.imul(parent, 0x9e3779b1) ^ site, 0x85ebca6b);
    const cached = (hash >>> 20) * 3;
    const { local } = this;
    if (local[cached] === parent && local[cached + 1] === site) return local[cached + 2] as number;
    const id = this.intern(parent, site, hash >>> 8);
    local[cached] = parent;
    local[cached + 1] = site;
    local[cached + 2] = id;
    return id;
  }

  private intern(parent: number, site: number, hash: number): number {
    let free = -1;
    for (let p = 0; p < PROBES; p++) {
      const slot = HASH_AT + ((hash + p) & (HASH_SIZE - 1));
      const id = atomicLoad(this.table.words, slot);
      if (id === 0) {
        free = slot;
        break;
      }
      const words = this.table.ensure(id * 2 + 2);
      if (words[id * 2] === parent && words[id * 2 + 1] === site) return id;
    }
    const at = this.table.take(2, 2);
    const id = at / 2;
    if (id >= MAX_STACKS) return parent;
    this.table.words[at] = parent;
    this.table.words[at + 1] = site;
    atomicStore(this.table.words, free < 0 ? HASH_AT + (hash & (HASH_SIZE - 1)) : free, id);
    return id;
  }

  /** The stack without its last frame, and the site of that; for the root of one that has a cause that, negated. */
  node(stack: number): { parent: number; site: number } {
    const words = this.table.ensure(stack * 2 + 2);
    return { parent: words[stack * 2] as number, site: words[stack * 2 + 1] as number };
  }

  /** The sites of a stack, innermost first. */
  sitesOf(stack: number): number[] {
    const sites: number[] = [];
    for (let id = stack; id !== 0; ) {
      const words = this.table.ensure(id * 2 + 2);
      const site = words[id * 2 + 1] as number;
      if (site > 0) sites.push(site);
      id = words[id * 2] as number;
    }
    return sites;
  }

  /** What the stack's thread worked for; 0 is none. */
  causeOf(stack: number): number {
    for (let id = stack; id !== 0; ) {
      const words = this.table.ensure(id * 2 + 2);
      const site = words[id * 2 + 1] as number;
      if (site < 0) return -site;
      id = words[id * 2] as number;
    }
    return 0;
  }

  /** The site of the innermost frame, 0 for the empty stack. */
  leaf(stack: number): number {
    return stack === 0 ? 0 : Math.max(0, this.table.ensure(stack * 2 + 2)[stack * 2 + 1] as number);
  }
}
