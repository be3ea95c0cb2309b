/**
 * Site numbers → line, column, function, source text.
 *
 * A site's number is its index in the file; in the code it is the literal `0x3_` and seven hex digits, which
 * `relocate` turns into a number of the whole process without changing the length of anything.
 */

import type { types as t } from '@babel/core';
import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping';
import type { SiteRecord, SiteTable } from '../runtime/interface.ts';
import { SITE_BASE, SITE_MARKER, SiteFlag } from '../runtime/interface.ts';
import type { Expression, Node } from './build.ts';

/** What a site needs to know of its function when all of it has been seen. */
export interface SiteOwner {
  name: string;
  pushed: boolean;
  implicit: boolean;
}

const TEXT_LIMIT = 40;

export class Sites {
  readonly #records: SiteRecord[] = [];
  readonly #owners: SiteOwner[] = [];
  readonly #names: string[] = [];
  readonly #index = new Map<string, number>();
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /** Makes a site at `at` and returns its number. */
  add(
    at: { line: number; column: number } | undefined,
    text: string,
    owner: SiteOwner,
    flags: number,
  ): number {
    this.#records.push({
      line: at?.line ?? 0,
      column: at?.column ?? 0,
      flags,
      fn: 0,
      text: this.#name(text),
    });
    this.#owners.push(owner);
    return this.#records.length - 1;
  }

  source(node: Node): string {
    return this.#source.slice(node.start ?? 0, node.end ?? 0);
  }

  /** The source text of `node` on one line, shortened. */
  text(node: Node): string {
    const text = this.source(node).replace(/\s+/g, ' ');
    return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT - 1)}…` : text;
  }

  #name(name: string): number {
    let index = this.#index.get(name);
    if (index === undefined) {
      index = this.#names.push(name) - 1;
      this.#index.set(name, index);
    }
    return index;
  }

  /** `map` maps the source that was instrumented to what the user wrote. */
  table(file: string, map?: TraceMap): SiteTable {
    const sources = new Map<string, number>();
    const sites = this.#records.map((record, i) => {
      const owner = this.#owners[i]!;
      const flags =
        record.flags | (owner.pushed ? SiteFlag.PUSHED : 0) | (owner.implicit ? SiteFlag.IMPLICIT : 0);
      const site = { ...record, flags, fn: this.#name(owner.name) };
      const original = map && site.line > 0 ? originalPositionFor(map, site) : undefined;
      if (!original?.source) return site;
      const { source } = original;
      sources.set(source, (sources.get(source) ?? 0) + 1);
      return { ...site, line: original.line, column: original.column };
    });
    const [main] = [...sources].sort((a, b) => b[1] - a[1]);
    return { file: main?.[0] ?? file, names: this.#names, sites };
  }
}

export function siteLiteral(site: number): t.NumericLiteral {
  const raw = SITE_MARKER + site.toString(16).padStart(7, '0');
  const value = SITE_BASE + site;
  return { type: 'NumericLiteral', value, extra: { raw, rawValue: value } } as t.NumericLiteral;
}

/** Where a stack trace would point: the last name of a chain that spans lines, else its start. */
export function anchor(node: Expression): { line: number; column: number } | undefined {
  if (!node.loc || node.loc.start.line === node.loc.end.line) return node.loc?.start;
  if (node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression') {
    return node.computed ? anchor(node.object as Expression) : node.property.loc?.start;
  }
  if (node.type === 'CallExpression' || node.type === 'OptionalCallExpression')
    return anchor(node.callee as Expression);
  return node.loc.start;
}
