/**
 * Legacy decorators of members and parameters as tsc applies them: after the class is made, instance members
 * first, each with its parameters' decorators behind its own. Those of a constructor's parameters belong to the
 * class, whose decorators are left to Babel.
 */
import { type types as t, template } from '@babel/core';
import {
  array,
  arrow,
  call,
  type Expression,
  id,
  member,
  num,
  type Statement,
  statement,
  staticBlockOf,
  str,
} from '../build.ts';

const NAME = '_tsraceDecorate';

export const HELPER: () => Statement = template.statement(
  `function ${NAME}(decorators, target, key, field) {
    const own = field ? undefined : Object.getOwnPropertyDescriptor(target, key);
    const made = decorators.reduceRight((found, decorator) => decorator(target, key, found) || found, own);
    if (made) Object.defineProperty(target, key, made);
  }`,
) as () => Statement;

type Class = t.ClassDeclaration | t.ClassExpression;

/** Was there anything that needs the helper? */
export function decorate(node: Class): boolean {
  const calls: { static: boolean; statement: Statement }[] = [];
  for (const item of node.body.body) {
    if (item.type !== 'ClassMethod' && item.type !== 'ClassProperty') continue;
    const ofParameters = item.type === 'ClassMethod' ? parameters(item) : [];
    if (item.type === 'ClassMethod' && item.kind === 'constructor') {
      if (ofParameters.length > 0) {
        const list = ofParameters.map((expression) => ({ type: 'Decorator', expression }) as t.Decorator);
        node.decorators = [...(node.decorators ?? []), ...list];
      }
      continue;
    }
    const own = (item.decorators ?? []).map(({ expression }) => expression);
    const key = keyOf(item);
    if (own.length + ofParameters.length === 0 || key === undefined) continue;
    item.decorators = null;
    const self = { type: 'ThisExpression' } as t.ThisExpression;
    const target = item.static ? self : member(self, 'prototype');
    const field = item.type === 'ClassProperty' ? num(1) : num(0);
    calls.push({
      static: item.static ?? false,
      statement: statement(call(id(NAME), [array([...own, ...ofParameters]), target, key, field])),
    });
  }
  if (calls.length === 0) return false;
  const ordered = [...calls.filter((one) => !one.static), ...calls.filter((one) => one.static)];
  node.body.body.push(staticBlockOf(ordered.map((one) => one.statement)));
  return true;
}

/** undefined: a computed name, which would be computed twice */
function keyOf({ key, computed }: t.ClassMethod | t.ClassProperty): Expression | undefined {
  if (key.type === 'Identifier' && !computed) return str(key.name);
  if (key.type === 'StringLiteral') return str(key.value);
  return key.type === 'NumericLiteral' ? num(key.value) : undefined;
}

/** `@d` on parameter 1 → `((d) => (target, key) => d(target, key, 1))(d)`, without a result. */
function parameters({ params }: t.ClassMethod): Expression[] {
  return params.flatMap((param, index) => {
    const holders = [param, param.type === 'TSParameterProperty' ? param.parameter : undefined];
    return holders.flatMap((holder) => {
      const list = (holder as { decorators?: t.Decorator[] | null } | undefined)?.decorators ?? [];
      if (holder && list.length > 0) (holder as { decorators?: null }).decorators = null;
      return list.map(({ expression }) => {
        const applied = call(id('d'), [id('target'), id('key'), num(index)]);
        const nothing = { type: 'UnaryExpression', operator: 'void', argument: applied, prefix: true };
        return call(arrow(['d'], arrow(['target', 'key'], nothing as Expression)), [expression]);
      });
    });
  });
}
