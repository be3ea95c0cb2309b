/**
 * Random programs over the syntax that the plugin rewrites. Operands log when they are evaluated (`t`), keys and
 * values log when they are converted (`K`), and every loop and function takes from a budget (`fuel`), so that a
 * program's log says what it did, in which order, and ends.
 *
 * The programs are functions of the environment of run.ts: `v`, `u` (views), `p` (a view of local memory), `arr`,
 * `o`, `f`, `C` and the helpers.
 */

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Without keys that are objects. */
const withoutObjects = (target: string): string => target.replace(/K\('\w+', (\d)\)/g, '$1');
const CONVERTIBLE = /^(?:\d+|'s\d'|null|undefined|true|K\('\w+', \d\))$/;

/** A write by a key that is an object is told before it is made: its value must be one that can be converted. */
const written = (target: string, value: string): string =>
  `${CONVERTIBLE.test(value) ? target : withoutObjects(target)} = ${value}`;

interface Context {
  names: string[];
  async?: boolean;
  generator?: boolean;
  loop?: boolean;
  function?: boolean;
  arguments?: boolean;
  strict?: boolean;
}

/** A program of `units` pieces, each of which runs whatever became of the others. */
export function generate(seed: number, units = 4): string {
  const next = random(seed);
  const int = (n: number): number => Math.floor(next() * n);
  const pick = <T>(...items: T[]): T => items[int(items.length)]!;
  const chance = (p: number): boolean => next() < p;
  let counter = 0;
  const fresh = (letter: string): string => `${letter}${++counter}`;
  const many = (most: number, make: () => string): string[] => Array.from({ length: int(most + 1) }, make);

  const view = (c: Context, d: number): string =>
    pick(
      'v',
      'v',
      'u',
      'p',
      'arr',
      'o',
      'o.view',
      '(v)',
      `t('${fresh('o')}', v)`,
      c.names.length > 0 ? pick(...c.names) : 'v',
      d > 0 ? `(${expression(c, d - 1)})` : 'u',
    );
  const key = (c: Context, d: number): string =>
    pick(
      '0',
      '1',
      '2',
      '9',
      "'1'",
      "'length'",
      '-1',
      '1.5',
      `K('${fresh('k')}', ${int(4)})`,
      `t('${fresh('i')}', ${int(4)})`,
      c.names.length > 0 ? pick(...c.names) : '0',
      d > 0 ? expression(c, d - 1) : '3',
    );
  const element = (c: Context, d: number): string => `${view(c, d)}[${key(c, d)}]`;
  const leaf = (c: Context): string =>
    pick(
      String(int(5)),
      'null',
      'undefined',
      `'s${int(3)}'`,
      '1n',
      'true',
      'missing',
      'typeof missing',
      'this',
      '/a/g',
      '1_0',
      'o',
      'arr',
      'v',
      'f',
      'new.target',
      `K('${fresh('k')}', ${int(4)})`,
      `t('${fresh('t')}', ${int(4)})`,
      `v[${int(4)}]`,
      `u[${int(4)}]`,
      ...c.names,
      ...(c.arguments ? ['arguments[0]', 'arguments.length'] : []),
    ).replace('new.target', c.function ? 'new.target' : '0');

  function target(c: Context, d: number): string {
    if (chance(0.6)) return element(c, d).replace(/^\(\((.*)\)\)/, '($1)');
    return pick('o.x', 'o.setter', 'free', ...c.names.filter((name) => /^[xy]/.test(name)));
  }

  /** A pattern of which `leaf` makes the targets. */
  function pattern(c: Context, d: number, name: () => string): string {
    const value = (): string => {
      const inner = d > 0 && chance(0.25) ? pattern(c, d - 1, name) : name();
      return chance(0.3) ? `${inner} = ${expression(c, d - 1)}` : inner;
    };
    const rest = chance(0.2) ? [`...${name()}`] : [];
    if (chance(0.5)) return `[${[...many(3, () => (chance(0.15) ? '' : value())), ...rest].join(', ')}]`;
    const property = (): string =>
      `${pick(String(int(4)), `[${key(c, d - 1)}]`, 'x', 'length', "'2'")}: ${value()}`;
    return `{ ${[...many(3, property), ...rest].join(', ')} }`;
  }

  const assigned = (c: Context, d: number): string => {
    // V8 evaluates such targets before it finds that there is nothing to take apart: they log nothing
    const made = pattern(c, 0, () => `${pick('v', 'u', 'p', 'arr')}[${pick('0', '1', "'2'", '9')}]`);
    return `(${made} = ${chance(0.7) ? view(c, d) : expression(c, d - 1)})`;
  };

  const list = (c: Context, d: number): string =>
    many(3, () => (chance(0.15) ? `...${view(c, d)}` : expression(c, d))).join(', ');

  function parameters(c: Context, d: number): { text: string; names: string[] } {
    const names: string[] = [];
    const name = (): string => {
      const made = fresh('y');
      names.push(made);
      return made;
    };
    const inner = { ...c, async: false, generator: false, loop: false };
    const one = (): string => {
      const made = chance(0.3) ? pattern(inner, d, name) : name();
      return chance(0.3) ? `${made} = ${expression(inner, d)}` : made;
    };
    return { text: many(3, one).join(', '), names };
  }

  function fn(c: Context, d: number): string {
    const async = chance(0.25);
    const generator = chance(0.2);
    const { text, names } = parameters(c, d - 1);
    const inner: Context = { names: [...c.names.slice(-4), ...names] };
    const arrowed = chance(0.4);
    if (arrowed) {
      Object.assign(inner, c, { names: inner.names, loop: false, generator: false, async });
      if (chance(0.5)) return `(${async ? 'async ' : ''}(${text}) => (fuel(), ${expression(inner, d - 1)}))`;
      return `(${async ? 'async ' : ''}(${text}) => ${body(inner, d - 1)})`;
    }
    Object.assign(inner, { async, generator, function: true, arguments: true });
    const strict = /^[\w\s,]*$/.test(text) && chance(0.15);
    const code = body({ ...inner, strict: strict || c.strict === true }, d - 1);
    const head = `${async ? 'async ' : ''}function${generator ? '*' : ''} ${chance(0.3) ? fresh('g') : ''}`;
    return `(${head}(${text}) ${strict ? code.replace('{', "{ 'use strict';") : code})`;
  }

  const body = (c: Context, d: number): string => {
    const inner = { ...c, names: [...c.names] };
    return `{ fuel(); ${statements(inner, d, true)} ${chance(0.7) ? `return ${expression(inner, d)};` : ''} }`;
  };

  function classBody(c: Context, d: number): string {
    const inner: Context = { names: c.names, function: true, strict: true };
    const member = (): string => {
      const name = pick(
        'm',
        'x',
        '#q',
        `[${expression({ ...inner, function: c.function === true }, 0)}]`,
        '1',
        "'2'",
      );
      const hash = name === '#q';
      const prefix = chance(0.3) ? 'static ' : '';
      const method = { ...inner, arguments: true };
      return pick(
        () => `${prefix}${hash ? fresh('#q') : name} = ${expression(inner, d)};`,
        () =>
          `${prefix}${hash ? fresh('#q') : name}(${chance(0.5) ? 'y' : '...y'}) ${body({ ...method, names: [...c.names, 'y'] }, d)}`,
        () => `${prefix}get ${hash ? fresh('#q') : name}() ${body(method, d)}`,
        () => `static { ${statements({ ...inner, names: [...c.names] }, d)} }`,
      )();
    };
    return `{ ${many(3, member).join(' ')} }`;
  }

  function expression(c: Context, depth: number): string {
    const d = depth - 1;
    if (depth <= 0) return leaf(c);
    const e = (): string => expression(c, d);
    const operator = (): string =>
      pick('+', '-', '*', '&', '|', '<', '==', '===', '>>>', '%', '**', 'in', 'instanceof');
    return pick(
      () => leaf(c),
      () => element(c, d),
      () => element(c, d),
      () => `(${written(element(c, d), e())})`,
      () => {
        const left = target(c, d);
        const sign = pick('+=', '-=', '|=', '**=', '||=', '&&=', '??=');
        // the hook of the write converts a key that is an object before the engine converts the value
        return `(${withoutObjects(left)} ${sign} ${e()})`;
      },
      () => pick(`${target(c, d)}${pick('++', '--')}`, `${pick('++', '--')}${target(c, d)}`),
      () => `t('${fresh('t')}', ${e()})`,
      () => `((${e()}) ${operator()} (${e()}))`,
      () => `((${e()}) ${pick('&&', '||', '??', ',')} (${e()}))`,
      () => `(${e()} ? ${e()} : ${e()})`,
      () => `(${pick('typeof', 'void', '!', '-', '~', '+')} (${e()}))`,
      () => `delete ${view(c, d)}${pick('', '?.')}[${key(c, d)}]`,
      () => `${view(c, d)}?.[${key(c, d)}]`,
      () => `(${view(c, d)}?.[${key(c, d)}])${pick('', '.toFixed(1)', '?.toFixed', '?.toFixed(1)')}`,
      () => `o?.self${pick('.', '?.')}self.view[${key(c, d)}]${pick('', '.toFixed(1)', '?.x')}`,
      () =>
        `${pick('o.call', 'o?.call', 'o.call?.')}(${list(c, d)})${pick('', `[${key(c, d)}]`, `?.[${key(c, d)}]`)}`.replace(
          '?.[',
          '?.[',
        ),
      () => `${element(c, d)}(${list(c, d)})`,
      () => `f(${list(c, d)})`,
      () => `new C(${list(c, d)})`,
      () => `new (${e()})(${list(c, d)})`,
      () => `[${many(3, () => pick('', e(), `...${view(c, d)}`)).join(', ')}]`,
      () =>
        `({ ${many(3, () => pick(`x: ${e()}`, `[${key(c, d)}]: ${e()}`, `...${view(c, d)}`, `get z() ${body({ names: c.names, function: true, arguments: true }, d)}`)).join(', ')} })`,
      () => `\`a\${${e()}}b\${${element(c, d)}}\``,
      () => `tag\`a\${${e()}}b\``,
      () => assigned(c, d),
      () => fn(c, d),
      () => `${fn(c, d)}(${list(c, d)})`,
      () => `use(${fn(c, d)}(${list(c, d)}))`,
      () =>
        `(class ${chance(0.4) ? fresh('D') : ''} ${chance(0.3) ? `extends ${pick('C', `(${e()})`)}` : ''} ${classBody(c, d)})`,
      () => (c.async ? `(await ${e()})` : e()),
      () => (c.generator ? `(yield ${chance(0.3) ? `* ${view(c, d)}` : e()})` : e()),
      () =>
        c.strict ? e() : `eval(${JSON.stringify(expression({ ...c, async: false, generator: false }, d))})`,
      () => `(0, eval)(${JSON.stringify(expression({ names: [] }, 0))})`,
    )();
  }

  function statements(c: Context, d: number, returns = false): string {
    const parts = many(3, () => one(c, d));
    if (returns && chance(0.1)) parts.push(`return ${expression(c, d)};`);
    return parts.join('\n');
  }

  const nested = (c: Context, d: number): string => `{ ${statements({ ...c, names: [...c.names] }, d)} }`;

  function one(c: Context, d: number): string {
    const e = (): string => expression(c, d);
    const bind = (): string => {
      const name = fresh('x');
      c.names.push(name);
      return name;
    };
    if (d <= 0) return `t('${fresh('s')}', ${e()});`;
    return pick(
      () => `${written(element(c, d), e())};`.replace(/^([{]|function|class|\/)/, '0, $1'),
      () => `0, ${e()};`,
      () => {
        const init = e();
        const name = fresh('x');
        const made = `${pick('let', 'const', 'var')} ${name} = ${init};`;
        c.names.push(name);
        return made;
      },
      () => {
        const source = chance(0.7) ? view(c, d) : e();
        return `${pick('let', 'const', 'var')} ${pattern({ ...c, names: [...c.names] }, d, bind)} = ${source};`;
      },
      () => `if (${e()}) ${nested(c, d - 1)}${chance(0.5) ? ` else ${nested(c, d - 1)}` : ''}`,
      () => {
        const i = fresh('i');
        const inner = { ...c, loop: true, names: [...c.names, i] };
        return `for (let ${i} = 0; fuel() && ${i} < 3; ${i}++) { later(() => ${i}); ${statements(inner, d - 1)} }`;
      },
      () => {
        const inner = { ...c, loop: true, names: [...c.names] };
        const head = pick(
          () => `const ${pattern(c, d - 1, () => fresh('z'))}`,
          () => {
            const name = fresh('z');
            inner.names.push(name);
            return `${pick('const', 'let', 'var')} ${name}`;
          },
          () => target(c, 0).replace(/^\(/, '(0, '),
        )();
        const source = pick(view(c, d - 1), `[${view(c, 0)}, arr]`);
        const wait = c.async && chance(0.4) ? ' await' : '';
        return `for${wait} (${head} of ${source}) { fuel(); ${statements(inner, d - 1)} }`;
      },
      () =>
        `for (${pick(target(c, 0), `var ${fresh('z')}`)} in ${view(c, d - 1)}) { fuel(); ${statements({ ...c, loop: true, names: [...c.names] }, d - 1)} }`,
      () => {
        const i = fresh('n');
        return (
          `{ let ${i} = 0; ${pick(`while (${i}++ < 2 && ${element(c, d - 1)} !== 5)`, `do`)} { fuel(); ${statements({ ...c, loop: true, names: [...c.names] }, d - 1)} } `.replace(
            /do (\{.*) $/s,
            `do $1 while (${i}++ < 2 && fuel());`,
          ) + ' }'
        );
      },
      () =>
        `switch (${e()}) { case ${expression(c, d - 1)}: ${statements({ ...c, names: [...c.names] }, d - 1)} ${chance(0.5) ? 'break;' : ''} default: ${statements({ ...c, names: [...c.names] }, d - 1)} }`,
      () => {
        const inner = { ...c, names: [...c.names] };
        const caught = pick('', '(e)', '({ name: e })');
        const leave = c.loop ? pick('', '', 'continue;', 'break;') : '';
        return `try ${nested(c, d - 1)} catch ${caught} { ${caught ? 'log(e);' : ''} ${statements(inner, d - 1)} ${leave} } ${chance(0.4) ? `finally ${nested(c, d - 1)}` : ''}`;
      },
      () => `throw ${e()};`,
      () => {
        const label = fresh('l');
        return `${label}: { ${statements({ ...c, names: [...c.names] }, d - 1)} if (${expression(c, d - 1)}) break ${label}; ${statements({ ...c, names: [...c.names] }, d - 1)} }`;
      },
      () => (c.loop ? `if (${expression(c, d - 1)}) ${pick('continue', 'break')};` : `0, ${e()};`),
      () => {
        const name = fresh('h');
        const inner: Context = {
          names: [...c.names, 'y'],
          function: true,
          arguments: true,
          strict: c.strict === true,
        };
        c.names.push(name);
        return `${chance(0.3) ? `t('early', typeof ${name});` : ''} function ${name}(y) ${body(inner, d - 1)}`;
      },
      () => {
        const name = fresh('E');
        c.names.push(name);
        return `class ${name} ${chance(0.3) ? 'extends C ' : ''}${classBody(c, d - 1)}`;
      },
      () =>
        c.strict
          ? `0, ${e()};`
          : `with (${pick('o', 'v', expression(c, 0))}) { ${statements({ ...c, names: [...c.names] }, d - 1)} }`,
    )();
  }

  const unit = (): string => {
    const async = chance(0.3);
    const c: Context = { names: [], async, function: true, arguments: true };
    return `attempt(${async ? 'async ' : ''}function () ${body(c, 3)});`;
  };
  return Array.from({ length: units }, unit).join('\n');
}
