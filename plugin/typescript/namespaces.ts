/**
 * `namespace N { export let x = 1; }`: the variable stays one, and `N.x` is a property that reads and writes it,
 * so that both sides see what the other does. (`const` is Babel's: a copy is as good.)
 */
import type { types as t } from '@babel/core';
import { template, types } from '@babel/core';
import type { Statement } from '../build.ts';

const LIVE = template.statement(
  'Object.defineProperty(SPACE, KEY, { get: () => NAME, set: (value) => { NAME = value; }, enumerable: true, configurable: true });',
) as (values: object) => Statement;

export function liveExports(body: Statement[]): void {
  for (const item of body) {
    const declaration = item.type === 'ExportNamedDeclaration' ? item.declaration : item;
    if (declaration?.type === 'TSModuleDeclaration' && !declaration.declare) inNamespace(declaration);
  }
}

function inNamespace({ id, body }: t.TSModuleDeclaration): void {
  if (body.type === 'TSModuleDeclaration') return inNamespace(body);
  if (id.type !== 'Identifier') return;
  liveExports(body.body);
  body.body = body.body.flatMap((item) => {
    const variables = item.type === 'ExportNamedDeclaration' ? item.declaration : null;
    if (variables?.type !== 'VariableDeclaration' || variables.declare) return [item];
    if (variables.kind !== 'let' && variables.kind !== 'var' && !patterns(variables)) return [item];
    const names = Object.keys(types.getBindingIdentifiers(variables));
    // not `let`: a read that comes too early finds undefined, as it does in tsc's output
    if (variables.kind === 'let') variables.kind = 'var';
    return [
      variables,
      ...names.map((name) =>
        LIVE({
          SPACE: types.identifier(id.name),
          KEY: types.stringLiteral(name),
          NAME: types.identifier(name),
        }),
      ),
    ];
  });
}

const patterns = ({ declarations }: t.VariableDeclaration): boolean =>
  declarations.some(({ id }) => id.type !== 'Identifier');
