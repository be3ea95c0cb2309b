/**
 * Names of modules that change with the files they name (`./worker.ts` is `./worker.js` once it is compiled). Only
 * where a string surely names a file: any other may be the program's data.
 */
import type { types as t } from '@babel/core';
import type { Node } from './build.ts';

export function renameModules(
  program: t.Program,
  renames: Readonly<Record<string, string>>,
  keys: Record<string, string[]>,
): void {
  const rename = (node: Node | null | undefined): void => {
    if (node?.type !== 'StringLiteral' || !Object.hasOwn(renames, node.value)) return;
    node.value = renames[node.value]!;
    delete node.extra;
  };
  const visit = (node: Node): void => {
    for (const name of namesIn(node)) rename(name);
    for (const key of keys[node.type] ?? []) {
      const child = (node as unknown as Record<string, Node | (Node | null)[] | null>)[key];
      for (const one of Array.isArray(child) ? child : [child]) if (one) visit(one);
    }
  };
  visit(program as Node);
}

function namesIn(node: Node): (Node | null | undefined)[] {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
      return [node.source as Node | null];
    case 'TSExternalModuleReference':
      return [node.expression as Node];
    case 'NewExpression':
      return isNamed(node.callee as Node, FILES_BY_NEW) ? [node.arguments[0] as Node] : [];
    case 'CallExpression':
      return inCall(node.callee as Node, node.arguments as Node[]);
    default:
      return [];
  }
}

/** `new URL('./a.ts', import.meta.url)`, `new Worker('./a.ts')` */
const FILES_BY_NEW = new Set(['URL', 'Worker', 'SharedWorker']);
/** `join(__dirname, 'a.ts')` */
const PATHS = new Set(['join', 'resolve']);

function inCall(callee: Node, args: Node[]): (Node | undefined)[] {
  const [first, second] = args;
  if (callee.type === 'Import') return [first];
  if (callee.type === 'Identifier' && callee.name === 'require') return [first];
  if (callee.type === 'MemberExpression' && isNamed(callee, RESOLVE) && isLoader(callee.object as Node))
    return [first];
  return isNamed(callee, PATHS) && args.length === 2 && first && isOwnFolder(first) ? [second] : [];
}

const RESOLVE = new Set(['resolve']);

/** `require`, `import.meta` */
const isLoader = (node: Node): boolean =>
  node.type === 'MetaProperty' || (node.type === 'Identifier' && node.name === 'require');

const isOwnFolder = (node: Node): boolean =>
  (node.type === 'Identifier' && node.name === '__dirname') ||
  (node.type === 'MemberExpression' && node.object.type === 'MetaProperty' && isNamed(node, DIRNAME));

const DIRNAME = new Set(['dirname']);

/** `name`, or `anything.name` */
function isNamed(node: Node, names: ReadonlySet<string>): boolean {
  const name = node.type === 'MemberExpression' && !node.computed ? (node.property as Node) : node;
  return name.type === 'Identifier' && names.has(name.name);
}
