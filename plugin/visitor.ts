/**
 * One table: node type → rewrite. A handler visits the children of its node, in the order in which they are
 * evaluated, and returns what stands in the node's place (nothing: the node itself). A type that is not
 * listed has its children visited and is otherwise left alone.
 */
import type { types as t } from '@babel/core';
import type { Expression, Node, Statement } from './build.ts';
import { assign, call, declare, exportNames, id, member, sequence, statement } from './build.ts';
import { isNoView } from './facts.ts';
import { isReExport } from './filter.ts';
import { hook } from './hooks.ts';
import { memoize } from './memoize.ts';
import { isImplicitKey } from './names.ts';
import { chain, importExpression, newExpression, reference, taggedTemplate } from './rewrite/chain.ts';
import { classLike, field, staticBlock } from './rewrite/class.ts';
import { assignPattern, boundNames, declaration } from './rewrite/destructuring.ts';
import {
  countElement,
  isCandidate,
  isSuperElement,
  updateElement,
  writeElement,
  writeSuper,
} from './rewrite/element.ts';
import { exchange } from './rewrite/exchange.ts';
import { keepLine, returnStatement, rewriteFunction } from './rewrite/function.ts';
import { arrayExpression } from './rewrite/iteration.ts';
import {
  continueStatement,
  doWhileStatement,
  forInOf,
  forStatement,
  whileStatement,
} from './rewrite/loop.ts';
import { declaring, pattern } from './rewrite/pattern.ts';
import { disposing, labeled, recovering, suspension } from './rewrite/suspend.ts';
import type { Rewriter } from './rewriter.ts';
import { unwrap } from './types.ts';

type Table = {
  [K in Node['type']]?: (node: Extract<Node, { type: K }>, r: Rewriter) => unknown;
};

const stripped = (node: { expression: Expression }, r: Rewriter): Expression => r.visit(node.expression);

export const TABLE: Table = {
  // elements and calls
  MemberExpression: chain,
  OptionalMemberExpression: chain,
  CallExpression: chain,
  OptionalCallExpression: chain,
  NewExpression: newExpression,
  TaggedTemplateExpression: taggedTemplate,
  ImportExpression: importExpression,
  AssignmentExpression: assignment,
  UpdateExpression: update,
  UnaryExpression: unary,
  ObjectExpression: objectExpression,
  ArrayExpression: arrayExpression,
  JSXSpreadAttribute: spreadSource,
  // frames
  FunctionDeclaration: rewriteFunction,
  FunctionExpression: rewriteFunction,
  ArrowFunctionExpression: rewriteFunction,
  ObjectMethod: rewriteFunction,
  ClassMethod: method,
  ClassPrivateMethod: method,
  ClassDeclaration: classLike,
  ClassExpression: classLike,
  ClassProperty: field,
  ClassPrivateProperty: field,
  ClassAccessorProperty: field,
  StaticBlock: staticBlock,
  ReturnStatement: returnStatement,
  AwaitExpression: suspension,
  YieldExpression: suspension,
  TryStatement: tryStatement,
  CatchClause: catchClause,
  // statements
  Program: statements,
  BlockStatement: statements,
  TSModuleBlock: statements,
  VariableDeclaration: (node, r) => declaration(node, r, true),
  ExpressionStatement: expressionStatement,
  ExportNamedDeclaration: exported,
  ThrowStatement: (node, r) => {
    node.argument = keepLine(node, node.argument, r.visit(node.argument));
  },
  IfStatement: ifStatement,
  ForStatement: forStatement,
  ForInStatement: forInOf,
  ForOfStatement: forInOf,
  WhileStatement: whileStatement,
  DoWhileStatement: doWhileStatement,
  ContinueStatement: continueStatement,
  WithStatement: (node, r) => {
    node.object = r.visit(node.object);
    node.body = r.single(node.body);
  },
  SwitchStatement: switchStatement,
  LabeledStatement: labeled,
  // TypeScript's CommonJS
  TSExportAssignment: (node, r) => {
    const value = r.visit(node.expression);
    return r.isCommonJs
      ? statement(assign(member(id('module'), 'exports'), value))
      : { ...node, expression: value };
  },
  TSImportEqualsDeclaration: importEquals,
  // TypeScript's wrappers
  TSAsExpression: stripped,
  TSSatisfiesExpression: stripped,
  TSNonNullExpression: stripped,
  TSTypeAssertion: stripped,
  TSInstantiationExpression: stripped,
  ParenthesizedExpression: stripped,
};

function importEquals(node: t.TSImportEqualsDeclaration, r: Rewriter): Node {
  const { moduleReference, importKind, isExport } = node;
  if (
    !r.isCommonJs ||
    moduleReference.type !== 'TSExternalModuleReference' ||
    importKind === 'type' ||
    isExport
  )
    return node;
  return declare('const', [[id(node.id.name), call(id('require'), [moduleReference.expression])]]);
}

function statements(node: { body: Statement[] }, r: Rewriter): void {
  node.body = disposing(node.body, r.list(node.body), r);
}

function assignment(node: t.AssignmentExpression, r: Rewriter): Expression {
  const left = unwrap(node.left) as t.LVal;
  node.left = left;
  if (left.type === 'MemberExpression') {
    if (isCandidate(left, r))
      return node.operator === '=' ? writeElement(node, left, r) : updateElement(node, left, r);
    if (isSuperElement(left, r)) return writeSuper(node, left, r);
    const prefix = reference(left, r);
    r.named(left, node.right);
    node.right = r.visit(node.right);
    return sequence([...prefix, node]);
  }
  if (left.type === 'ArrayPattern' || left.type === 'ObjectPattern') return assignPattern(node, r);
  r.named(left, node.right);
  node.right = r.visit(node.right);
  return node;
}

function update(node: t.UpdateExpression, r: Rewriter): Expression {
  const target = unwrap(node.argument);
  node.argument = target as Expression;
  if (target.type !== 'MemberExpression') return node;
  if (isCandidate(target, r)) return countElement(node, target, r);
  if (isSuperElement(target, r)) return writeSuper(node, target, r);
  return sequence([...reference(target, r), node]);
}

function unary(node: t.UnaryExpression, r: Rewriter): Expression {
  const target = unwrap(node.argument) as Expression;
  if (node.operator !== 'delete' || !/Member/.test(target.type)) {
    node.argument = r.visit(node.argument);
    return node;
  }
  node.argument = target;
  return sequence([...reference(target, r, true), node]);
}

function objectExpression(node: t.ObjectExpression, r: Rewriter): void {
  node.properties = node.properties.map((item) => {
    if (item.type === 'ObjectMethod') return r.visit(item);
    if (item.type === 'ObjectProperty') {
      if (item.computed) item.key = r.visit(item.key as Expression);
      r.named(item.key, item.value, isImplicitKey(item));
      item.value = r.visit(item.value);
      return item;
    }
    return spreadSource(item, r);
  });
}

/** `{...view}`, `<a {...view} />` */
function spreadSource<T extends t.SpreadElement | t.JSXSpreadAttribute>(item: T, r: Rewriter): T {
  const source = unwrap(item.argument) as Expression;
  if (isNoView(source, r.scope)) {
    item.argument = r.visit(item.argument);
    return item;
  }
  const operand = memoize(r, source, r.visit(source), [], 's');
  const site = r.access(source, source);
  const all = hook('all', operand.memo ? operand.first : operand.again(), [site()]);
  item.argument = sequence([all, operand.memo ? operand.again() : operand.first]);
  return item;
}

function method(node: t.ClassMethod | t.ClassPrivateMethod, r: Rewriter): void {
  r.visitDecorators(node);
  rewriteFunction(node, r);
}

function tryStatement(node: t.TryStatement, r: Rewriter): void {
  node.block = r.visit(node.block);
  if (node.handler) {
    const { handler } = node;
    node.handler = r.visit(handler);
  }
  if (node.finalizer) node.finalizer = r.visit(node.finalizer);
  recovering(node, r);
}

function catchClause(node: t.CatchClause, r: Rewriter): void {
  if (node.param) node.param = pattern(node.param, r, declaring(r), 'catch') as typeof node.param;
  node.body = r.visit(node.body);
}

function expressionStatement(node: t.ExpressionStatement, r: Rewriter): void {
  const { expression } = node;
  if (r.frame.name === '<module>' && isReExport(r.sites.source(node))) return;
  r.trailing = expression;
  r.unused = r.frame.depth === null ? null : expression;
  if (
    expression.type === 'AssignmentExpression' &&
    expression.operator === '=' &&
    expression.left.type === 'Identifier'
  ) {
    r.trailing = expression.right;
  }
  node.expression =
    (expression.type === 'AssignmentExpression' && exchange(expression, r)) || r.visit(expression);
}

function exported(node: t.ExportNamedDeclaration, r: Rewriter): Statement {
  const { declaration } = node;
  if (!declaration) return node;
  const names = declaration.type === 'VariableDeclaration' ? boundNames(declaration) : [];
  r.exporting = true;
  node.declaration = r.visit(declaration);
  r.exporting = false;
  if (declaration.type !== 'VariableDeclaration' || r.scope.node.type !== 'Program') return node;
  // A pattern may have brought names of its own, which are nobody's export.
  if (boundNames(declaration).length === names.length) return node;
  r.after.push(exportNames(names));
  return declaration;
}

function ifStatement(node: t.IfStatement, r: Rewriter): void {
  node.test = r.visit(node.test);
  node.consequent = r.single(node.consequent);
  if (node.alternate) node.alternate = r.single(node.alternate);
}

function switchStatement(node: t.SwitchStatement, r: Rewriter): void {
  node.discriminant = r.visit(node.discriminant);
  r.head = false;
  for (const item of node.cases) {
    if (item.test) item.test = r.visit(item.test);
    item.consequent = r.list(item.consequent);
  }
}
