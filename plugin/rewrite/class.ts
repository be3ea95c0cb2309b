/** Classes: field initialisers and static blocks are activations of their own. */
import type { types as t } from '@babel/core';
import type { Expression } from '../build.ts';
import { statement, staticBlockOf } from '../build.ts';
import { isImplicitKey } from '../names.ts';
import type { Rewriter } from '../rewriter.ts';
import { superClassOf } from './copy.ts';
import { detached, framed, inFrame, newFrame } from './function.ts';

export function classLike(node: t.Class, r: Rewriter): void {
  const outer = r.className;
  const name = node.id?.name ?? r.hint.name ?? '';
  r.hint = {};
  r.visitDecorators(node);
  const extended = node.superClass;
  if (extended) node.superClass = r.visit(extended);
  const { superClass } = r;
  r.superClass = superClassOf(extended, r.scope);
  r.className = name;
  const { body } = node.body;
  const isCalled = body.some((part) => isStatic(part) && r.calls(part));
  for (let i = 0; i < body.length; i++) body[i] = r.visit(body[i]!);
  r.className = outer;
  r.superClass = superClass;
  if (!isCalled || !r.frame.pushed) return;
  r.head = false;
  // The definition calls its static parts; a block before them stores the site of that call.
  if (!r.frame.silent) body.unshift(staticBlockOf([statement(r.store(node))]));
}

const isStatic = (part: t.ClassBody['body'][number]): boolean =>
  part.type === 'StaticBlock' || ('static' in part && part.static === true && 'value' in part);

type Field = t.ClassProperty | t.ClassPrivateProperty | t.ClassAccessorProperty;

export function field(node: Field, r: Rewriter): void {
  r.visitDecorators(node);
  if ('computed' in node && node.computed) node.key = r.visit(node.key as Expression);
  if (!node.value) return;
  r.named(node.key, node.value, node.type !== 'ClassPrivateProperty' && isImplicitKey(node));
  const { hint } = r;
  const name = node.static ? '<static_initializer>' : '<instance_members_initializer>';
  node.value = detached(node.value, r, { name, implicit: false }, hint);
}

export function staticBlock(node: t.StaticBlock, r: Rewriter): void {
  const bits = r.effects(...node.body);
  inFrame(r, newFrame(r, '<static_initializer>', bits), () => {
    node.body = framed(r.list(node.body), r.frame);
  });
}
