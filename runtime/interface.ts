/**
 * What instrumented code may say to the runtime: every name and signature that the plugin emits.
 *
 * The plugin emits nothing but what stands here, and only through the one global `__tsrace`, because a
 * function's source text may be evaluated in another thread (`fn.toString()`), where the names of its
 * module do not exist.
 *
 * An element read `a[i]` becomes `(a?.[__tsrace.S]?.r(i, SITE), a[i])`. `S` is the key of the stamp: on
 * `%TypedArray%.prototype` a getter that decides once whether the view is over shared memory and stamps its
 * answer on the view (a `View`, or `undefined`). Arrays and other objects answer `undefined` without a call,
 * so the test "is it shared?" is a cached property load in the user's own code. In a loop the hook is given what it
 * answered the turn before (`Way`): `(_w = a?.[__tsrace.S]?.r(i, SITE, _w), a[i])`.
 */

/** Bumped whenever emitted code and runtime would not fit together. Part of every cache key. */
export const SCHEMA_VERSION = 16;

/** The global through which instrumented code reaches the runtime. Non-enumerable, non-writable. */
export const GLOBAL_NAME = '__tsrace';

/**
 * A site is one place in the source: an access or a call. In the plugin's output site n of a file is the
 * literal `0x3_` + n as seven hex digits; whoever loads the code adds the file's base to each (`relocate`),
 * which never changes the length of the text, so source maps stay right.
 */
export const SITE_BASE = 0x3000_0000;
export const SITE_MARKER = '0x3_';
/** From this one on, numbers are those of modules that were built beforehand; below it, of those that are loaded. */
export const FIRST_BUILT = 0x100_0000;

/** Turns of a loop that make up for what the first run of it costs: see `Hooks.b`. */
export const LONG_LOOP = 10_000;
/** Turns of a loop in another whose bound is not known. */
export const INNER_LOOP = 1000;

/** In a comment of code for `eval`, before names: they are bound around it, and are assigned rather than declared. */
export const HELD = 'tsrace-held';

/**
 * The way in which an activation comes to a view at a site. The hook that made it is given it when the same activation
 * comes there again: who called it is known then.
 */
export type Way = object;

/**
 * What the stamp of a view over shared memory holds. `key` is the user's key, not yet converted: a hook that
 * must know what an object key becomes converts it, and the access that follows converts it to the same.
 */
export interface View {
  /** a plain read of element `key` comes next */
  r(key: unknown, site: number, way?: Way): Way | undefined;
  /** a plain write of element `key` comes next */
  w(key: unknown, site: number, way?: Way): Way | undefined;
  /** a plain read and then, with nothing of the user's in between, a plain write of element `key` */
  u(key: unknown, site: number, way?: Way): Way | undefined;
  /** The same, longer: for loops with so few hooks that V8 inlines all of them even so. */
  R(key: unknown, site: number, way?: Way): Way | undefined;
  W(key: unknown, site: number, way?: Way): Way | undefined;
  U(key: unknown, site: number, way?: Way): Way | undefined;
  /**
   * `view[key] op= value` comes next, where the conversion of `value` may run code of the user's, or throw: as `u` if it
   * cannot, and then it answers the way, or true; else as `r`, and `w` is for when it is done.
   */
  m(key: unknown, value: unknown, site: number, way?: Way | boolean): Way | boolean;
  /**
   * `count` accesses to the elements `first`, `first + by`, … come next (kind 0: reads, 1: writes, 2: both), all of
   * them integers, all of them in the running epoch. Those that are outside the view touch nothing. Answers true.
   */
  s(kind: number, first: number, by: number, count: number, site: number): boolean;
  /**
   * The same of loops inside each other: accesses to the elements `first + by·k + by1·k1 + …` come next, for each k below
   * `count`, each k1 below `count1`, …. False: they are not all in the view, and go unrecorded.
   */
  g(
    kind: number,
    site: number,
    first: number,
    by: number,
    count: number,
    by1?: number,
    count1?: number,
    by2?: number,
    count2?: number,
    by3?: number,
    count3?: number,
  ): boolean;
  /** its elements are numbers, and there are as many now as at any time of a quiet loop */
  readonly steady: boolean;
  /**
   * A plain read of every element comes next (`{...view}`, `{...rest} = view`), but for those that a pattern has taken
   * before its rest: by `literal` keys and by `computed` ones.
   */
  all(site: number, literal?: readonly PropertyKey[], computed?: readonly PropertyKey[]): void;
  /** a new empty list, for the computed keys of a pattern with a rest */
  readonly keys: PropertyKey[];
  /** `new maker(view)` comes next: a plain read of every element, if that makes a typed array */
  c(maker: unknown, site: number): void;
  /** `F.apply(self, view)` comes next, where `apply` is what `F.apply` gave: a plain read of every element */
  l(apply: unknown, site: number): void;
}

/** The value of `globalThis.__tsrace`. */
export interface Hooks {
  /** key of the stamp */
  readonly S: symbol;
  /** depth of the running activation in the shadow stack; 0 when the event loop calls */
  d: number;
  /** shadow stack: `s[depth]` is the site of the call in progress in the activation at that depth */
  readonly s: Int32Array;
  /** `view?.[S]`, and what has all methods of a stamp: in code whose coverage is measured (`countable`) */
  o(view: unknown): View | undefined;
  h(stamp: View | undefined): Omit<View, 's' | 'g' | 'steady' | 'keys'>;
  /** `made`, which `new` made of `source`: a view of shared memory gets its stamp. */
  t<T>(made: T, source: unknown): T;
  /** How often a loop from `from` runs while it is below `to` (1: or equal), going by `step`; -1 if that is not sure. */
  n(from: number, to: number, step: number, inclusive: number): number;
  /**
   * Whether the empty loop at `site` is to turn once more, before one from `from` to `to`, or through all of `to`. V8
   * notes what a function's operations meet only after some turns of its loops. One that is called few times and loops
   * for long would be compiled without a word on what stands before the loop; V8 finds that code wrong at the next
   * call, and goes on with code for the loop alone, which it never replaces: up to four times slower. `inner`: the bounds of
   * loops in it.
   */
  b(site: number, from: unknown, to: unknown, inner?: unknown, inner1?: unknown, inner2?: unknown): boolean;
  /** Whether `view`, whose stamp is `stamp`, is a typed array of numbers that keeps its length. */
  q(stamp: View | undefined, view: unknown): boolean;
  /** These functions only compute (plugin/pure-functions.ts). Comes at the end of their module. */
  x(...pure: object[]): void;
  /** Whether `callee` is a function of which `x` has said so. */
  p(callee: unknown): boolean;
  /** Whether both are integers that can be told apart. */
  i(first: number, by: number): boolean;
  /** A computed key of an object pattern whose source has the stamp `view`: recorded, noted in `keys`, and converted once. */
  k(view: View | undefined, key: unknown, site: number, keys?: PropertyKey[]): PropertyKey;
  /** The source of a `yield*`: itself, or for a shared view an iterable that records each step at `site`. */
  it(source: unknown, site: number): unknown;
  /**
   * Goes before `super[S]`, which asks for the stamp in the name of `self`: gives the views among the
   * prototypes of `self` stamps of their own. Then `stamp` is what came out: it is given back unless it is `self`'s.
   */
  up(self: unknown, stamp?: View): View | undefined;
  /**
   * The source of an object pattern that can bring no names of its own (in a script, names are everybody's):
   * `source`, or a stand-in that records each read. `shape` has the keys whose values are such sources too.
   */
  pattern(source: unknown, shape: PatternShape, site: number): unknown;
  /** Is it a view over shared memory? Nobody's Proxy notices. */
  v(self: unknown): boolean;
  /** `method.call(view)`, or `apply` or `bind`, comes next: records what a method of Array.prototype does. */
  m(method: unknown): void;
  /** `eval(code)` comes next, with `callee` for `eval`: the code to run, which must not declare the names `held`. */
  e(callee: unknown, code: unknown, held?: readonly string[]): unknown;
  /** `Function(...args)` comes next, with `callee` for `Function`: the arguments to give. */
  f(callee: unknown, args: unknown[]): unknown[];
  annotations: Annotations;
  /**
   * Code that was built beforehand (src/build/) begins with it: the literals of the module run from SITE_BASE + `first`
   * on. `hash` stands for the table.
   */
  module(first: number, hash: string, table: BuiltTable): void;
}

/** What `tsrace/annotations` reaches. A place is a name, or a typed array and an index. */
export interface Annotations {
  acquire(place: unknown, index: unknown): void;
  release(place: unknown, index: unknown): void;
  releaseMerge(place: unknown, index: unknown): void;
  ignoreReads<T>(run: () => T): T;
  ignoreWrites<T>(run: () => T): T;
  /** races reported in this process */
  raceErrors(): number;
}

export interface PatternShape {
  readonly [key: string]: PatternShape;
}

/** What a site is, as the plugin found it. Lines are 1-based, columns 0-based, both of the original source. */
export interface SiteRecord {
  line: number;
  column: number;
  /** bit set of SiteFlag */
  flags: number;
  /** index into SiteTable.names: the enclosing function's name (`<module>` at top level) */
  fn: number;
  /** index into SiteTable.names: for an access the text of the view (`counter`), for a call of the callee */
  text: number;
}

export const SiteFlag = {
  /** the enclosing function has pushed a shadow stack frame of its own */
  PUSHED: 1,
  /** the enclosing function can run without a call in the source (accessor, generator, `toString`, …) */
  IMPLICIT: 2,
  /** the site is a call */
  CALL: 4,
  /** the site reads and writes (`a[i]++`, `a[i] += v`) */
  UPDATE: 8,
} as const;

export interface SiteTable {
  /** the file as the user knows it */
  file: string;
  names: string[];
  sites: SiteRecord[];
  /** of a module that was built beforehand: what the user wrote, for reports where no file can be read */
  source?: string;
}

/** A table as it stands in built code. */
export interface BuiltTable extends Omit<SiteTable, 'sites'> {
  /** five numbers a site: line, column, flags, fn, text */
  sites: number[];
}
