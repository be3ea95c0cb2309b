/**
 * `emitDecoratorMetadata`: what a type says at run time, as far as one file tells. A name that is imported is
 * looked up in its module's namespace, so that it may turn out to be a type only.
 */
import type { types as t } from '@babel/core';
import type { Expression, Statement } from '../build.ts';
import { array, binary, conditional, copy, id, member, str, undef } from '../build.ts';

type Make = (key: string, value: Expression) => Expression;
type Member = t.ClassMethod | t.ClassProperty;

const KEYWORDS: Readonly<Record<string, string>> = {
  TSStringKeyword: 'String',
  TSNumberKeyword: 'Number',
  TSBooleanKeyword: 'Boolean',
  TSBigIntKeyword: 'BigInt',
  TSSymbolKeyword: 'Symbol',
  TSArrayType: 'Array',
  TSTupleType: 'Array',
  TSFunctionType: 'Function',
  TSConstructorType: 'Function',
  TSTemplateLiteralType: 'String',
  TSTypePredicate: 'Boolean',
};
const NOTHING = /^TS(Void|Undefined|Null|Never)Keyword$/;

export class Metadata {
  readonly imports: Statement[] = [];
  readonly #program: t.Program;
  readonly #make: Make;
  readonly #fresh: (name: string) => string;
  readonly #namespaces = new Map<string, string>();
  readonly #types = new Set<string>();

  constructor(program: t.Program, make: Make, fresh: (name: string) => string) {
    this.#program = program;
    this.#make = make;
    this.#fresh = fresh;
    for (const node of program.body) {
      const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
      if (inner?.type === 'TSInterfaceDeclaration' || inner?.type === 'TSTypeAliasDeclaration')
        this.#types.add(inner.id.name);
    }
  }

  ofClass(builder: t.ClassMethod | null): Expression[] {
    return builder ? [this.#make('design:paramtypes', this.#params(builder))] : [];
  }

  ofMember(part: Member, all: Member[]): Expression[] {
    if (part.type === 'ClassProperty')
      return [this.#make('design:type', this.#annotation(part.typeAnnotation))];
    if (part.kind === 'get' || part.kind === 'set') {
      const name = (part.key as t.Identifier).name;
      const pair = all.filter(
        (other): other is t.ClassMethod =>
          other.type === 'ClassMethod' &&
          other.static === part.static &&
          (other.key as t.Identifier).name === name,
      );
      const setter = pair.find(({ kind }) => kind === 'set');
      const getter = pair.find(({ kind }) => kind === 'get');
      const type = setter ? annotationOf(setter.params[0]) : getter?.returnType;
      return [
        this.#make('design:type', this.#annotation(type)),
        this.#make('design:paramtypes', setter ? this.#params(setter) : array()),
      ];
    }
    const result = part.returnType ? this.#annotation(part.returnType) : part.async ? id('Promise') : undef();
    return [
      this.#make('design:type', id('Function')),
      this.#make('design:paramtypes', this.#params(part)),
      this.#make('design:returntype', result),
    ];
  }

  #params(method: t.ClassMethod): Expression {
    return array(
      method.params.map((param) => this.#annotation(annotationOf(param), param.type === 'RestElement')),
    );
  }

  #annotation(node: t.Node | null | undefined, isRest = false): Expression {
    const type = node?.type === 'TSTypeAnnotation' ? node.typeAnnotation : undefined;
    if (isRest) return type?.type === 'TSArrayType' ? this.#type(type.elementType) : id('Object');
    return type ? this.#type(type) : id('Object');
  }

  #type(type: t.TSType): Expression {
    const keyword = KEYWORDS[type.type];
    if (keyword) return id(keyword);
    if (NOTHING.test(type.type)) return undef();
    switch (type.type) {
      case 'TSParenthesizedType':
      case 'TSOptionalType':
        return this.#type(type.typeAnnotation);
      case 'TSTypeOperator':
        return type.operator === 'readonly' ? this.#type(type.typeAnnotation!) : id('Object');
      case 'TSLiteralType': {
        const kind = type.literal.type;
        if (kind === 'NumericLiteral' || kind === 'UnaryExpression') return id('Number');
        if (kind === 'BooleanLiteral') return id('Boolean');
        return id(kind === 'BigIntLiteral' ? 'BigInt' : 'String');
      }
      case 'TSUnionType':
      case 'TSIntersectionType':
        return this.#union(type.types);
      case 'TSTypeReference':
        return this.#reference(type.typeName);
      default:
        return id('Object');
    }
  }

  /** All alike, apart from `null` and `undefined`: that one; else Object. */
  #union(types: t.TSType[]): Expression {
    const parts = types.filter(({ type }) => !NOTHING.test(type)).map((part) => this.#type(part));
    const [first] = parts;
    if (!first) return undef();
    const same = parts.every(
      (part) => part.type === 'Identifier' && first.type === 'Identifier' && part.name === first.name,
    );
    return parts.length === 1 || same ? first : id('Object');
  }

  #reference(name: t.TSEntityName): Expression {
    if (name.type !== 'Identifier') {
      const path = entity(name);
      return path ? guarded(path) : id('Object');
    }
    if (this.#types.has(name.name)) return id('Object');
    const source = this.#imported(name.name);
    if (source === null) return id('Object');
    return guarded(source ?? id(name.name));
  }

  /** undefined: not imported; null: imported as a type. */
  #imported(name: string): Expression | null | undefined {
    for (const node of this.#program.body) {
      if (node.type !== 'ImportDeclaration') continue;
      const found = node.specifiers.find(({ local }) => local.name === name);
      if (!found) continue;
      if (node.importKind === 'type' || (found.type === 'ImportSpecifier' && found.importKind === 'type'))
        return null;
      if (found.type === 'ImportNamespaceSpecifier') return id(name);
      const imported = found.type === 'ImportDefaultSpecifier' ? id('default') : found.imported;
      return member(
        id(this.#namespace(node.source.value)),
        imported.type === 'Identifier' ? imported.name : imported.value,
      );
    }
    return undefined;
  }

  #namespace(source: string): string {
    let name = this.#namespaces.get(source);
    if (name === undefined) {
      name = this.#fresh('_module');
      this.#namespaces.set(source, name);
      const specifiers = [{ type: 'ImportNamespaceSpecifier', local: id(name) }];
      this.imports.push({
        type: 'ImportDeclaration',
        specifiers,
        source: str(source),
        attributes: [],
      } as unknown as Statement);
    }
    return name;
  }
}

function annotationOf(param: t.Node | undefined): t.Node | null | undefined {
  if (!param) return undefined;
  if (param.type === 'TSParameterProperty') return annotationOf(param.parameter);
  if (param.type === 'AssignmentPattern') return annotationOf(param.left);
  return (param as t.Identifier).typeAnnotation;
}

function entity(name: t.TSEntityName): Expression | null {
  if (name.type === 'Identifier') return id(name.name);
  if (name.type !== 'TSQualifiedName') return null;
  const left = entity(name.left);
  return left && member(left, name.right.name);
}

/** `typeof X === 'function' ? X : Object`: a name of a type only is not there at run time. */
function guarded(path: Expression): Expression {
  const test = {
    type: 'UnaryExpression',
    operator: 'typeof',
    prefix: true,
    argument: path,
  } as t.UnaryExpression;
  return conditional(binary('===', test, str('function')), clone(path), id('Object'));
}

const clone = (path: Expression): Expression =>
  path.type === 'MemberExpression'
    ? member(clone(path.object), (path.property as t.Identifier).name)
    : copy(path);
