/**
 * Who may import whom: a statement of policy (DESIGN.md, "Layout"). A new arrow is a decision, and made here.
 *
 * The first row that matches a file decides. The file may import what is listed and, if the row is a folder,
 * that folder. Names that end in `/` are folders (of the repository, or scopes of packages), `node:` is any
 * module of Node. `type x` allows types only; `!x` takes back what another name allows.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const POLICY: [files: string, mayImport: string[]][] = [
  // The core knows no platform, not even `node:`.
  ['runtime/core/race.ts', []],
  ['runtime/core/clock/', []],
  ['runtime/core/memory/', []],
  ['runtime/core/shadow/', ['runtime/core/clock/', 'runtime/core/memory/']],
  ['runtime/core/sync/', ['runtime/core/clock/', 'runtime/core/memory/']],
  ['runtime/core/thread/', ['runtime/core/clock/', 'runtime/core/memory/']],
  ['runtime/core/detector.ts', ['runtime/core/', '!runtime/core/core.ts']],
  ['runtime/core/', []],

  // What instrumented code, what intercepts and what reports may know of a thread's runtime.
  ['runtime/interface.ts', []],
  ['runtime/contract.ts', ['type runtime/']],

  // The runtime is injected into the user's program: it brings no packages.
  ['runtime/node/', ['runtime/', 'node:', '!runtime/web/']],
  // Built for Node or for browsers: the other side's has its place (scripts/build.mjs).
  ['runtime/platform.ts', ['node:']],
  ['runtime/web/', ['runtime/', '!runtime/node/']],
  ['runtime/', ['node:', '!runtime/node/', '!runtime/web/']],

  // The plugin runs wherever Babel does.
  ['plugin/', ['runtime/interface.ts', '@babel/', '@jridgewell/trace-mapping']],

  // A printer is a pure function from a Report to a string.
  // Built for Node or for browsers, as runtime/platform.ts.
  ['src/report/platform.ts', ['node:']],
  ['src/report/report.ts', ['type runtime/contract.ts', 'type runtime/core/race.ts']],
  ['src/report/diagnoses.ts', ['type src/report/report.ts']],
  ['src/report/explain.ts', ['src/report/report.ts', 'src/report/diagnoses.ts']],
  ['src/report/render/page.ts', ['type src/report/page-data.ts', 'node:crypto']],
  [
    'src/report/render/',
    [
      'src/report/report.ts',
      'src/report/explain.ts',
      'src/report/diagnoses.ts',
      'type src/report/compare.ts',
    ],
  ],
  // The CLI, and a process that has a run of its own: what every thread loads has none of it.
  ['src/report/known/prepare.ts', ['src/report/', 'node:', 'picomatch']],
  // Reads traces, and reports the races in them as a running thread does.
  [
    'src/trace/',
    [
      'runtime/interface.ts',
      'runtime/trace/chunk.ts',
      'runtime/trace/format.ts',
      'runtime/core/sync/event-log.ts',
      'runtime/sync-kinds.ts',
      'type runtime/contract.ts',
      'type runtime/core/race.ts',
      'src/report/',
      'src/version.ts',
      'node:',
    ],
  ],
  [
    'src/report/',
    [
      'src/trace/parts.ts',
      'runtime/interface.ts',
      'type runtime/contract.ts',
      'type runtime/core/race.ts',
      'type src/options.ts',
      'src/version.ts',
      'node:',
      'picocolors',
    ],
  ],

  // The thread of Node's module hooks has no runtime of its own: it reads the tables, and writes records.
  [
    'src/loader/hooks-thread.ts',
    [
      'src/loader/',
      'runtime/inert.ts',
      'runtime/interface.ts',
      'runtime/tables.ts',
      'src/report/records.ts',
      'node:',
    ],
  ],
  [
    'src/loader/',
    [
      'plugin/',
      'runtime/interface.ts',
      'type runtime/contract.ts',
      'runtime/real-stack.ts',
      'runtime/intercept/disguise.ts',
      'src/integrations/vitest/facade.ts',
      'type src/options.ts',
      'type src/report/report.ts',
      'src/version.ts',
      'node:',
      // loaded when first needed (lazy.ts)
      'type @jridgewell/remapping',
      'type @jridgewell/trace-mapping',
      'type get-tsconfig',
      'type picomatch',
    ],
  ],
  // In vitest's process, for its browser mode: serves pages as a bundler does, and takes in what they report.
  ['src/integrations/vitest/browser.ts', ['src/integrations/', 'src/build/bundler/', 'node:', 'type ']],
  ['src/integrations/vitest/pages.ts', ['src/report/', 'node:', 'type ']],
  // A runner's hooks speak to the preload through its handle, and print with the printer.
  [
    'src/integrations/',
    [
      'plugin/',
      'runtime/interface.ts',
      'runtime/intercept/disguise.ts',
      'src/report/render/text.ts',
      'src/report/report.ts',
      'src/version.ts',
      'node:',
      // v8 coverage alone, in vitest's main process
      '@jridgewell/trace-mapping',
      'type ',
    ],
  ],

  ['src/cli/', ['src/', 'node:', 'yargs', 'picocolors', '!src/page/']],
  // The page runs in a browser, and brings no packages.
  [
    'src/page/',
    [
      'src/report/diagnoses.ts',
      'src/report/explain.ts',
      'src/report/render/library.ts',
      'src/report/render/printable.ts',
      'src/report/report.ts',
      'type src/report/page-data.ts',
    ],
  ],
  // What shows documents, on a terminal or as a page.
  ['src/view/', ['src/report/', 'node:']],
  // What pages send, to a development server or to a test's runner: it is believed in nothing.
  ['src/remote/', ['src/report/', 'src/version.ts', 'node:']],
  ['src/playwright/', ['src/report/', 'src/remote/', 'src/view/', 'node:', 'type @playwright/test']],
  ['src/playwright.ts', ['src/playwright-core.ts', 'src/playwright/', '@playwright/test']],
  ['src/dev/', ['src/report/', 'src/remote/', 'src/view/', 'node:']],
  // A tree of files, and a bundler's module, are transformed as the loader does it.
  [
    'src/build/tree/',
    [
      'src/build/',
      '!src/build/bundler/',
      'src/loader/',
      'type plugin/',
      'src/options.ts',
      'src/report/render/printable.ts',
      'src/version.ts',
      'node:',
      'cjs-module-lexer',
    ],
  ],
  [
    'src/build/bundler/',
    ['src/build/', '!src/build/tree/', 'src/dev/', 'src/loader/', 'type plugin/', 'node:', 'unplugin'],
  ],
  // Instruments for whoever puts the code together.
  ['src/build/', ['plugin/', 'runtime/interface.ts', 'node:']],
  // It is injected into pages: no module of Node's, and what it brings of packages is bundled.
  [
    'src/web/',
    [
      'runtime/inert.ts',
      'runtime/interface.ts',
      'runtime/web/',
      'type runtime/contract.ts',
      'src/report/report.ts',
      'src/report/coverage.ts',
      'src/report/symbolize.ts',
      'src/report/render/text.ts',
      'src/report/render/printable.ts',
      'src/report/diagnoses.ts',
      'type src/report/platform.ts',
      '@noble/hashes/',
    ],
  ],

  ['src/version.ts', ['node:', 'tsrace/package.json']],
  ['src/options.ts', ['node:']],
  // It is bundled into programs that run without tsrace.
  ['src/annotations.ts', ['type runtime/interface.ts']],
  // The entry points put the parts together.
  ['src/', ['runtime/', 'plugin/', 'node:', '!runtime/core/']],
];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

describe('imports follow the policy', () => {
  for (const file of filesOf('runtime', 'plugin', 'src')) {
    test(file, () => {
      const row = POLICY.find(([files]) => within(file, files));
      expect(row, `${file} is in no row of the policy`).toBeDefined();
      const [files, listed] = row!;
      const mayImport = files.endsWith('/') ? [files, ...listed] : listed;
      const forbidden = importsOf(file)
        .filter((found) => !allowed(found, mayImport))
        .map(({ line, type, target }) => `${file}:${line} imports ${type ? 'the types of ' : ''}${target}`);
      expect(forbidden, `${files} may import ${mayImport.join(', ') || 'nothing'}`).toEqual([]);
    });
  }
});

test('tests stand where the code stands', () => {
  const misplaced = filesOf('test')
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.posix.relative('test', path.posix.dirname(file)))
    // random programs hold the plugin and the runtime to each other
    .filter((folder) => folder !== 'fuzz')
    .filter((folder) => !['', 'runtime', 'src'].some((root) => existsSync(path.join(ROOT, root, folder))));
  expect([...new Set(misplaced)], 'folders of test/ that mirror no folder of the code').toEqual([]);
});

test('the policy is enforced', () => {
  const found = (text: string): string[] =>
    importsIn('src/report/render/x.ts', text)
      .filter(
        (one) =>
          !allowed(one, ['src/report/render/', 'type src/report/report.ts', '!src/report/render/y.ts']),
      )
      .map(({ type, target }) => (type ? `type ${target}` : target));
  expect(found(`import { a } from './z.ts'; import type { Report } from '../report.ts';`)).toEqual([]);
  expect(found(`import { a } from './y.ts'; import { type R, render } from '../report.ts';`)).toEqual([
    'src/report/render/y.ts',
    'src/report/report.ts',
  ]);
  expect(
    found(`export * from '../sink.ts'; import 'node:fs'; import { type R } from '../report.ts';`),
  ).toEqual(['src/report/sink.ts', 'node:fs']);
  expect(found(`await import('a'); require('b'); import c = require('c'); type D = import('d').D;`)).toEqual([
    'a',
    'b',
    'c',
    'type d',
  ]);
});

interface Import {
  /** a path in the repository, `node:x`, or a package */
  target: string;
  /** of types only */
  type: boolean;
  line: number;
}

const within = (file: string, name: string): boolean =>
  name === 'node:' || name.endsWith('/') ? file.startsWith(name) : file === name;

function allowed({ target, type }: Import, mayImport: string[]): boolean {
  if (mayImport.some((name) => name.startsWith('!') && within(target, name.slice(1)))) return false;
  return mayImport.some((name) =>
    name.startsWith('type ')
      ? type && (name === 'type ' || within(target, name.slice(5)))
      : within(target, name),
  );
}

/** TypeScript files of these folders, with `/` on every platform. */
function filesOf(...folders: string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.posix.join(folder, file.split(path.sep).join('/')),
      ),
    )
    .filter((file) => /\.[cm]?ts$/.test(file))
    .sort();
}

function importsOf(file: string): Import[] {
  return importsIn(file, readFileSync(path.join(ROOT, file), 'utf8'));
}

function importsIn(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, type: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const name = specifier.text;
    const target = name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name;
    imports.push({ target, type, line: source.getLineAndCharacterOfPosition(specifier.pos).line + 1 });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, onlyTypes(node.importClause));
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isExternalModuleReference(node)) {
      add(node.expression, false);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    } else if (ts.isCallExpression(node)) {
      const { expression } = node;
      const imports = expression.kind === ts.SyntaxKind.ImportKeyword;
      const requires = ts.isIdentifier(expression) && expression.text === 'require';
      if (imports || requires) add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return imports;
}

/** `import type …`, or `import { type A, type B } …` */
function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  );
}
