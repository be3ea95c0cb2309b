// Runs programs, plain and instrumented, and says what each did. One process for all of them.
// argv[2]: a JSON file with [{name, kind, plain, instrumented, sites}]; the answers go to stdout as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

const require = createRequire(import.meta.url);
const jobs = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let current;

const show = (value) => {
  if (typeof value === 'function') return `function ${value.name}/${value.length}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}[${[...value]}]`;
  if (typeof value === 'symbol' || value === undefined) return String(value);
  try {
    return (
      JSON.stringify(value, (_k, v) =>
        typeof v === 'function' ? show(v) : typeof v === 'bigint' ? show(v) : v,
      ) ?? String(value)
    );
  } catch (error) {
    return String(error);
  }
};

Object.assign(globalThis, {
  /** logs */
  log: (...values) => void current.log.push(values.map(show).join(' ')),
  /** logs that an operand was evaluated, and is its value */
  t(name, value) {
    current.log.push(name);
    return value;
  },
  attempt(f) {
    try {
      current.log.push(`= ${show(f())}`);
    } catch (error) {
      current.log.push(`! ${show(error)}`);
    }
  },
  async attemptAsync(f) {
    try {
      current.log.push(`= ${show(await f())}`);
    } catch (error) {
      current.log.push(`! ${show(error)}`);
    }
  },
  shared: (...values) => fill(values),
  /** the shadow stack from here, innermost first; its own call included */
  here(label) {
    if (!globalThis.__tsrace) return;
    const frames = [];
    for (let d = __tsrace.d; d > 0; d--) frames.push(frame(__tsrace.s[d]));
    current.stacks[label] = frames.join(' < ');
  },
  depth: () => globalThis.__tsrace?.d,
});

function fill(values) {
  const view = new Int32Array(new SharedArrayBuffer(values.length * 4));
  Reflect.apply(Int32Array.prototype.set, view, [values]);
  return view;
}

function frame(site) {
  const record = current.sites.sites[site - 0x3000_0000];
  return record ? `${current.sites.names[record.fn]}:${record.line}` : `?${site}`;
}

const toKey = (key) => Reflect.ownKeys({ [key]: 0 })[0];

/** As in runtime/property-key.ts. */
function convertAhead(key) {
  if ((typeof key !== 'object' && typeof key !== 'function') || key === null) return key;
  const converted = toKey(key);
  const own = Reflect.getOwnPropertyDescriptor(key, Symbol.toPrimitive);
  Reflect.defineProperty(key, Symbol.toPrimitive, {
    configurable: true,
    value() {
      if (own === undefined) Reflect.deleteProperty(key, Symbol.toPrimitive);
      else Reflect.defineProperty(key, Symbol.toPrimitive, own);
      return converted;
    },
  });
  return converted;
}

function install() {
  const S = Symbol('stamp');
  const lineOf = (site) => current.sites.sites[site - 0x3000_0000]?.line;
  const base = (kind) => (key, site) => {
    current.hooks.push(`${kind} ${String(convertAhead(key))} @${lineOf(site)}`);
  };
  const all = (site, literal = [], computed = []) => {
    const without = [...literal, ...computed].map((key) => ` -${String(key)}`);
    current.hooks.push(`all${without.join('')} @${lineOf(site)}`);
  };
  const list = (how, site) => {
    if (how === Function.prototype.apply) record.all(site);
  };
  // as in runtime/views.ts, for arrays of numbers
  const compound = (key, value, site) => {
    const isDone = typeof value === 'number' && typeof key === 'number';
    (isDone ? record.u : record.r)(key, site);
    return isDone;
  };
  const record = {
    r: base('r'),
    w: base('w'),
    u: base('u'),
    R: base('r'),
    W: base('w'),
    U: base('u'),
    m: compound,
    all,
    c: () => {},
    l: list,
  };
  Object.defineProperty(record, 'keys', { get: () => [] });
  Object.defineProperty(Object.getPrototypeOf(Int32Array.prototype), S, {
    get() {
      const value = ArrayBuffer.isView(this) && this.buffer instanceof SharedArrayBuffer ? record : undefined;
      return value;
    },
  });
  const hooks = {
    S,
    d: 0,
    s: new Int32Array(1024),
    t: (made) => made,
    // no loop is steady: each turn calls its own hooks (test/plugin/quiet-loops.test.ts has the others)
    b: () => false,
    n: () => -1,
    q: () => false,
    i: () => false,
    k(view, key, site, keys) {
      if (!view) return key;
      const converted = toKey(key);
      keys?.push(converted);
      view.r(converted, site);
      return converted;
    },
    it(source, site) {
      if (source?.[S]) current.hooks.push(`it @${current.sites.sites[site - 0x3000_0000]?.line}`);
      return source;
    },
    v: (self) => ArrayBuffer.isView(self) && self[S] !== undefined,
    m: () => {},
    up(self, stamp) {
      // all views have one stamp here
      if (stamp) return ArrayBuffer.isView(self) ? undefined : stamp;
      for (let object = self; object; object = Object.getPrototypeOf(object)) {
        if (!Object.hasOwn(object, S) && ArrayBuffer.isView(object))
          Object.defineProperty(object, S, { value: object[S], configurable: true });
      }
    },
    e: (_callee, code) => code,
    f: (_callee, args) => args,
    pattern(source, shape, site) {
      if (source === null || source === undefined) return source;
      const visit = (value, part) => {
        for (const key of Object.keys(part)) {
          if (part[key] === 0) value?.[S]?.r(key, site);
          else visit(value?.[key], part[key]);
        }
      };
      visit(source, shape);
      return source;
    },
  };
  Object.defineProperty(globalThis, '__tsrace', { value: hooks, enumerable: false, configurable: true });
}

/** A realm of its own, so that a script's names can be declared twice. */
function context() {
  const { log, t, attempt, shared, here, __tsrace } = globalThis;
  const realm = vm.createContext({ log, t, attempt, shared, here });
  if (__tsrace) Object.defineProperty(realm, '__tsrace', { value: __tsrace, enumerable: false });
  return realm;
}

async function run(job, file) {
  current = { log: [], hooks: [], stacks: {}, sites: job.sites };
  try {
    if (job.kind === 'script')
      log('completion', vm.runInContext(readFileSync(file, 'utf8'), context(), { filename: file }));
    else if (job.kind === 'commonjs') require(file);
    else await import(pathToFileURL(file));
    await new Promise((resolve) => setTimeout(resolve, 5));
  } catch (error) {
    current.log.push(`uncaught ${show(error)}`);
  }
  const names = Object.getOwnPropertyNames(globalThis).filter(
    (name) => name.startsWith('_') && name !== '__tsrace',
  );
  const leaked = names.join();
  const depth = globalThis.__tsrace?.d ?? 0;
  if (globalThis.__tsrace) __tsrace.d = 0;
  const { sites: _sites, ...result } = current;
  return { ...result, depth, leaked };
}

const results = [];
for (const job of jobs) results.push({ plain: await run(job, job.plain) });
install();
for (const [i, job] of jobs.entries()) results[i].instrumented = await run(job, job.instrumented);
process.stdout.write(JSON.stringify(results));
