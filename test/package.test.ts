/** The package as others install it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Lock {
  packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>;
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;

/** `npm install` writes a lock without them when it finds them neither installed nor in the registry, and `npm ci` then fails. */
test('the lock holds the packages of every platform', () => {
  const locked = new Set(
    Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)),
  );
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !locked.has(name))
      .map((name) => `${name}, of ${path}`),
  );
  expect(missing).toEqual([]);
});

test('the lock names no registry', () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

test('the preload brings what it needs beside what is declared', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  const allowed = new Set([...Object.keys(dependencies), 'tsrace']);
  const required = ['register.cjs', 'runtime.cjs', 'transform.cjs', 'finish.cjs', 'hooks.mjs'].flatMap(
    (file) =>
      [...readFileSync(`dist/${file}`, 'utf8').matchAll(/\b(?:require\d*\(|from )"([@\w][\w./@-]*)"/g)].map(
        ([, name]) => name!,
      ),
  );
  const packagesOf = required.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]);
  const builtin = (name: string): boolean => process.getBuiltinModule(name) !== undefined;
  expect([...new Set(packagesOf.filter((name) => !allowed.has(name) && !builtin(name)))]).toEqual([]);
});
