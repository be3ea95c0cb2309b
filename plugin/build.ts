/**
 * The few nodes that the rewrites emit, made without Babel's validating builders (they cost more than the
 * whole rewrite). Nothing here knows what an access is; `hooks.ts` gives these shapes their meaning.
 *
 * A node without `loc` is printed where the one before it ends, so generated code never moves a line.
 */
import type { types as t } from '@babel/core';

export type Node = t.Node;
export type Expression = t.Expression;
export type Statement = t.Statement;

/** A node from its fields. The cast stands here so that it stands nowhere else. */
function make<T extends Node>(type: T['type'], fields: object): T {
  return { type, ...fields } as unknown as T;
}

/** `made`, with the place of `node` in the source. */
export function at<T extends Node>(node: Node, made: T): T {
  const { loc, start, end } = node;
  return Object.assign(made, { loc, start, end });
}

export const id = (name: string): t.Identifier => make('Identifier', { name });
export const num = (value: number): t.NumericLiteral => make('NumericLiteral', { value });
export const str = (value: string): t.StringLiteral => make('StringLiteral', { value });
/** Only for its effects. */
export const importOf = (source: t.StringLiteral, attributes: t.ImportDeclaration['attributes']): Statement =>
  make('ImportDeclaration', { specifiers: [], source: { ...source, loc: undefined }, attributes });
export const undef = (): Expression =>
  make('UnaryExpression', { operator: 'void', argument: num(0), prefix: true });
export const self = (): Expression => make('ThisExpression', {});
export const nul = (): Expression => make('NullLiteral', {});

export const member = (object: Expression, name: string): t.MemberExpression =>
  make('MemberExpression', { object, property: id(name), computed: false });

export const element = (object: Expression, property: Expression): t.MemberExpression =>
  make('MemberExpression', { object, property, computed: true });

export const call = (callee: Expression, args: Expression[] = []): t.CallExpression =>
  make('CallExpression', { callee, arguments: args });

export const binary = (operator: string, left: Expression, right: Expression): Expression =>
  make<t.BinaryExpression>('BinaryExpression', { operator, left, right });

export const logical = (operator: string, left: Expression, right: Expression): Expression =>
  make<t.LogicalExpression>('LogicalExpression', { operator, left, right });

export const conditional = (test: Expression, consequent: Expression, alternate: Expression): Expression =>
  make<t.ConditionalExpression>('ConditionalExpression', { test, consequent, alternate });

export const increment = (argument: Expression): Expression =>
  make<t.UpdateExpression>('UpdateExpression', { operator: '++', argument, prefix: true });

export const spread = (argument: Expression): t.SpreadElement => make('SpreadElement', { argument });
export const array = (elements: Expression[] = []): t.ArrayExpression =>
  make('ArrayExpression', { elements });

/** `target = value`; an anonymous function must not take the name of the temporary that holds it. */
export function assign(target: Node, value: Expression): t.AssignmentExpression {
  const right =
    target.type === 'Identifier' && isAnonymousFunction(value) ? sequence([num(0), value]) : value;
  return make('AssignmentExpression', { operator: '=', left: target, right });
}

export function isAnonymousFunction(node: Node): boolean {
  if (node.type === 'ArrowFunctionExpression') return true;
  return (node.type === 'FunctionExpression' || node.type === 'ClassExpression') && !node.id;
}

/** `(a, b, c)`; nested sequences are flattened, one expression stays itself. */
export function sequence(parts: Expression[]): Expression {
  const flat = parts.flatMap((part) => (part.type === 'SequenceExpression' ? part.expressions : [part]));
  return flat.length === 1
    ? flat[0]!
    : make<t.SequenceExpression>('SequenceExpression', { expressions: flat });
}

/** Keeps `return (⏎ x)` one statement: a line break after the keyword would end it. */
export const parens = (expression: Expression): Expression =>
  make<t.ParenthesizedExpression>('ParenthesizedExpression', { expression });

export const statement = (expression: Expression): t.ExpressionStatement =>
  make('ExpressionStatement', { expression });

export const block = (body: Statement[], directives: t.Directive[] = []): t.BlockStatement =>
  make('BlockStatement', { body, directives });

export const staticBlockOf = (body: Statement[]): t.StaticBlock => make('StaticBlock', { body });

export const constructorOf = (body: Statement[]): t.ClassMethod =>
  make('ClassMethod', {
    kind: 'constructor',
    key: id('constructor'),
    params: [],
    body: block(body),
    computed: false,
    static: false,
    generator: false,
    async: false,
  });

export const exportNames = (names: string[], exported: string[] = names): t.ExportNamedDeclaration =>
  make('ExportNamedDeclaration', {
    declaration: null,
    source: null,
    specifiers: names.map((name, i) =>
      make('ExportSpecifier', { local: id(name), exported: id(exported[i]!), exportKind: 'value' }),
    ),
    exportKind: 'value',
  });

export const returns = (argument: Expression | null): t.ReturnStatement =>
  make('ReturnStatement', { argument });

export function declare(
  kind: 'var' | 'let' | 'const',
  pairs: [t.LVal, Expression | null][],
): t.VariableDeclaration {
  const declarations = pairs.map(([left, init]) =>
    make<t.VariableDeclarator>('VariableDeclarator', { id: left, init }),
  );
  return make('VariableDeclaration', { kind, declarations });
}

export const tryFinally = (body: Statement[], finalizer: Statement[]): t.TryStatement =>
  make('TryStatement', { block: block(body), handler: null, finalizer: block(finalizer) });

export const arrow = (params: string[], body: Expression | t.BlockStatement): t.ArrowFunctionExpression =>
  make('ArrowFunctionExpression', {
    params: params.map(id),
    body,
    expression: body.type !== 'BlockStatement',
    async: false,
    generator: false,
  });

/** `{ set v(name) { … } }.v`: a target whose write runs `body`; it is evaluated where the old target was. */
export function setterTarget(name: string, body: Statement[]): t.MemberExpression {
  const setter = make<t.ObjectMethod>('ObjectMethod', {
    kind: 'set',
    key: id('v'),
    params: [id(name)],
    body: block(body),
    computed: false,
    async: false,
    generator: false,
  });
  return member(make<t.ObjectExpression>('ObjectExpression', { properties: [setter] }), 'v');
}

export const property = (key: Expression, value: Node, computed: boolean): t.ObjectProperty =>
  make('ObjectProperty', { key, value, computed, shorthand: false });

/** `{} = 0`: a target that takes any value and binds nothing. */
export const emptyPattern = (): t.AssignmentPattern =>
  make('AssignmentPattern', { left: make('ObjectPattern', { properties: [] }), right: num(0) });

export const object = (properties: t.ObjectProperty[]): t.ObjectExpression =>
  make('ObjectExpression', { properties });

/** A copy of an operand that may be evaluated again: an identifier, `this`, or a literal. */
export function copy<T extends Expression>(node: T): T {
  switch (node.type) {
    case 'Identifier':
      return id(node.name) as T;
    case 'UnaryExpression':
      return {
        ...make<t.UnaryExpression>('UnaryExpression', {}),
        operator: node.operator,
        prefix: true,
        argument: copy(node.argument),
      } as unknown as T;
    case 'ThisExpression':
      return make<t.ThisExpression>('ThisExpression', {}) as unknown as T;
    default: {
      const {
        loc: _loc,
        start: _s,
        end: _e,
        leadingComments: _l,
        trailingComments: _t,
        innerComments: _i,
        ...rest
      } = node;
      return rest as unknown as T;
    }
  }
}
