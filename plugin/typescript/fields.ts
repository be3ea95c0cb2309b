/**
 * `useDefineForClassFields: false`: a field is not defined but assigned, by the constructor, after `super()`
 * and the parameter properties; a static one by a static block. A field without a value is only a type.
 * A field whose key is computed, or whose constructor hides its `super()`, stays a definition.
 */
import type { types as t } from '@babel/core';
import type { Expression, Statement } from '../build.ts';
import { assign, at, call, constructorOf, id, self, spread, statement, staticBlockOf } from '../build.ts';

type Field = t.ClassProperty | t.ClassPrivateProperty;

export function assignFields(node: t.Class): void {
  const { body } = node.body;
  const derived = Boolean(node.superClass);
  const builder = body.find(
    (part): part is t.ClassMethod =>
      part.type === 'ClassMethod' && part.kind === 'constructor' && Boolean(part.body),
  );
  const place = placeIn(builder, derived);
  const assignments: Statement[] = [];
  node.body.body = body.flatMap((part): t.ClassBody['body'] => {
    if (part.type !== 'ClassProperty' && part.type !== 'ClassPrivateProperty') return [part];
    if (isDeclared(part) || ('computed' in part && part.computed)) return [part];
    if (!part.value) return part.type === 'ClassPrivateProperty' ? [part] : [];
    if (!part.static && place === null) return [part];
    const { value } = part;
    const assignment = at(part, statement(at(part, assign(target(part), value))));
    const left: t.ClassBody['body'] = [];
    if (part.type === 'ClassPrivateProperty') left.push({ ...part, value: null });
    if (part.static) left.push(at(part, staticBlockOf([assignment])));
    else assignments.push(assignment);
    return left;
  });
  if (assignments.length === 0) return;
  if (builder) builder.body.body.splice(place!, 0, ...assignments);
  else node.body.body.unshift(constructorOf([...(derived ? [superCall()] : []), ...assignments]));
}

const isDeclared = (part: Field): boolean =>
  'declare' in part &&
  ((part as t.ClassProperty).declare === true || (part as { abstract?: boolean }).abstract === true);

function target(part: Field): t.MemberExpression {
  const key = part.key as Expression;
  const computed = key.type !== 'Identifier' && part.key.type !== 'PrivateName';
  const object = self();
  return at(part, { type: 'MemberExpression', object, property: part.key, computed } as t.MemberExpression);
}

/** Where in the constructor's body; null if that cannot be said. */
function placeIn(builder: t.ClassMethod | undefined, derived: boolean): number | null {
  if (!builder || !derived) return 0;
  const index = builder.body.body.findIndex(
    (node) =>
      node.type === 'ExpressionStatement' &&
      node.expression.type === 'CallExpression' &&
      node.expression.callee.type === 'Super',
  );
  return index < 0 ? null : index + 1;
}

const superCall = (): Statement =>
  statement(
    call({ type: 'Super' } as unknown as Expression, [spread(id('arguments')) as unknown as Expression]),
  );
