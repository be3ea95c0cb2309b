/** A copy of code that shares nothing with the original: without types, without comments, places kept. */
import type { Node } from '../build.ts';
import { isTypeOnly, unwrap } from '../types.ts';

const LEFT_OUT: ReadonlySet<string> = new Set([
  'leadingComments',
  'trailingComments',
  'innerComments',
  'typeAnnotation',
]);

export function clone<T extends Node>(node: T): T {
  const inner = unwrap(node) as unknown as Record<string, unknown>;
  const made: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(inner)) {
    if (LEFT_OUT.has(key)) continue;
    if (Array.isArray(value)) made[key] = value.filter((item) => !isType(item)).map(copied);
    else made[key] = copied(value);
  }
  return made as unknown as T;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const isType = (value: unknown): boolean => isNode(value) && isTypeOnly(value);

const copied = (value: unknown): unknown => (isNode(value) ? clone(value) : value);
