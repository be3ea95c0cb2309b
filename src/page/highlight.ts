/**
 * Colours for source lines. A scanner of a few kinds of words, not a parser: an excerpt may begin in the middle of
 * anything. Only a comment or template that begins in the excerpt goes over several lines.
 */
export type TokenKind = 'comment' | 'string' | 'number' | 'keyword' | 'name' | 'plain';

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS = new Set(
  (
    'abstract as async await break case catch class const continue debugger declare default delete do else enum ' +
    'export extends false finally for from function get if implements import in instanceof interface keyof let new ' +
    'null of private protected public readonly return satisfies set static super switch this throw true try type ' +
    'typeof undefined using var void while with yield'
  ).split(' '),
);

const TOKEN =
  /(?<comment>\/\/.*|\/\*.*?(?:\*\/|$))|(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`(?:[^`\\]|\\.)*(?:`|$))|(?<number>\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)n?\b)|(?<name>#?[\p{L}_$][\p{L}\p{N}_$]*)/giu;

/** Longer lines are not written by people, and stay as they are. */
const LONG = 1000;

export function highlight(lines: readonly string[]): Token[][] {
  let open: '' | '*/' | '`' = '';
  return lines.map((line) => {
    if (line.length > LONG) return [{ kind: 'plain', text: line }];
    const tokens: Token[] = [];
    let at = 0;
    const add = (kind: TokenKind, until: number): void => {
      if (until > at) tokens.push({ kind, text: line.slice(at, until) });
      at = Math.max(at, until);
    };
    if (open !== '') {
      const end = line.indexOf(open);
      add(open === '`' ? 'string' : 'comment', end === -1 ? line.length : end + open.length);
      if (end === -1) return tokens;
      open = '';
    }
    TOKEN.lastIndex = at;
    for (let match = TOKEN.exec(line); match !== null; match = TOKEN.exec(line)) {
      const { comment, string, number, name } = match.groups!;
      add('plain', match.index);
      const text = match[0];
      const kind = comment ? 'comment' : string ? 'string' : number ? 'number' : kindOfName(name!);
      add(kind, match.index + text.length);
      if (comment?.startsWith('/*') && !(comment.length > 3 && comment.endsWith('*/'))) open = '*/';
      if (string?.startsWith('`') && !(string.length > 1 && string.endsWith('`'))) open = '`';
    }
    add('plain', line.length);
    return tokens;
  });
}

const kindOfName = (name: string): TokenKind =>
  KEYWORDS.has(name) ? 'keyword' : /^[A-Z]/.test(name) ? 'name' : 'plain';
