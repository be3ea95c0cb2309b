/**
 * Checks of a value that came from outside, put together like the types they check. Each returns a copy with what it
 * knows and nothing else, so neither an unknown field nor a `__proto__` gets further; the first value that is wrong
 * is told with the path to it.
 */

export type Check<T> = (value: unknown) => T;

/** The path is put together on the way out: a value that is right costs none. */
export class WrongValue extends Error {
  readonly #what: string;
  #path = '';

  constructor(what: string) {
    super(what);
    this.#what = what;
  }

  within(step: string): this {
    this.#path = step + this.#path;
    this.message = `${this.#path.replace(/^\./, '')} ${this.#what}`;
    return this;
  }
}

const MAX_STRING = 1024 * 1024;

export const string: Check<string> = (value) => {
  if (typeof value !== 'string') throw new WrongValue('must be a string');
  if (value.length > MAX_STRING) throw new WrongValue(`is longer than ${MAX_STRING} characters`);
  return value;
};

export const boolean: Check<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new WrongValue('must be true or false');
  return value;
};

export const number: Check<number> = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new WrongValue('must be a number');
  return value;
};

export const integer: Check<number> = (value) => {
  if (!Number.isSafeInteger(value)) throw new WrongValue('must be a whole number');
  return value as number;
};

export const whole: Check<number> = (value) => {
  if (integer(value) < 0) throw new WrongValue('must not be negative');
  return value as number;
};

export const either =
  <const T extends string | number>(...values: T[]): Check<T> =>
  (value) => {
    const found = values.find((one) => one === value);
    if (found === undefined) throw new WrongValue(`must be ${values.join(' or ')}`);
    return found;
  };

export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value) =>
    value === null ? null : check(value);

/** The field may be left out. */
export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value) =>
    value === undefined ? undefined : check(value);

export const array =
  <T>(check: Check<T>, limit: number): Check<T[]> =>
  (value) => {
    if (!Array.isArray(value)) throw new WrongValue('must be a list');
    if (value.length > limit)
      throw new WrongValue(`has ${value.length} entries, and at most ${limit} are read`);
    return value.map((item: unknown, index) => at(`[${index}]`, check, item));
  };

export const pair =
  <A, B>(first: Check<A>, second: Check<B>): Check<[A, B]> =>
  (value) => {
    if (!Array.isArray(value) || value.length !== 2) throw new WrongValue('must be a list of two');
    return [at('[0]', first, value[0]), at('[1]', second, value[1])];
  };

/** An optional field has a check that lets undefined pass; a field that is undefined is left out. */
type Fields<T> = { [K in keyof Required<T>]: Check<T[K & keyof T]> };

export function object<T extends object>(fields: Fields<T>): Check<T> {
  const entries = Object.entries(fields) as [string, Check<unknown>][];
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new WrongValue('must be an object');
    const copy: Record<string, unknown> = {};
    for (const [name, check] of entries) {
      const given: unknown = Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined;
      const checked = at(`.${name}`, check, given);
      if (checked !== undefined) copy[name] = checked;
    }
    return copy as T;
  };
}

function at<T>(step: string, check: Check<T>, value: unknown): T {
  try {
    return check(value);
  } catch (error) {
    throw error instanceof WrongValue ? error.within(step) : error;
  }
}
