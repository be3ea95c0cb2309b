/**
 * Fields that are assigned, not defined: `x = 1` becomes an assignment in the initializer of a private field (in
 * a static block), which runs at the same moment, with the same `this`. A field without a value is only a type.
 * Fields with a computed name stay as they are.
 */
import type { types as t } from '@babel/core';
import { assign, type Expression, element, member, sequence, statement, staticBlockOf } from '../build.ts';

type Member = t.ClassBody['body'][number];

export function assignedFields(body: t.ClassBody): void {
  const list: Member[] = [];
  let run: Expression[] = [];
  let made = 0;
  const flush = (): void => {
    if (run.length === 0) return;
    const argument = sequence(run);
    const value = { type: 'UnaryExpression', operator: 'void', argument, prefix: true } as t.UnaryExpression;
    const name = { type: 'Identifier', name: `_tsraceFields${made++}` } as t.Identifier;
    const key = { type: 'PrivateName', id: name } as t.PrivateName;
    list.push({ type: 'ClassPrivateProperty', key, value, static: false } as t.ClassPrivateProperty);
    run = [];
  };
  for (const item of body.body) {
    if (item.type !== 'ClassProperty' || (item.computed && !isLiteral(item.key))) {
      if (item.type !== 'ClassMethod') flush();
      list.push(item);
    } else if (item.decorators?.length) {
      flush();
      list.push(item);
    } else if (item.value && !item.declare) {
      const self = { type: 'ThisExpression' } as t.ThisExpression;
      const key = item.key as Expression;
      const target =
        key.type === 'Identifier' && !item.computed ? member(self, key.name) : element(self, key);
      const set = { ...assign(target, item.value), loc: item.loc ?? null } as Expression;
      if (item.static) list.push(staticBlockOf([statement(set)]));
      else run.push(set);
    }
  }
  flush();
  body.body = list;
}

const isLiteral = ({ type }: { type: string }): boolean =>
  type === 'StringLiteral' || type === 'NumericLiteral';
