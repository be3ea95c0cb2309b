/** What a call was given, as its source says: the names that a reader knows the word or the port by. */

/** The arguments of the call whose callee starts in that column (1-based), as far as they stand on the line. */
export function argumentsAt(line: string, column: number): string[] {
  const open = line.indexOf('(', column - 1);
  if (open === -1) return [];
  const found: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open + 1; i < line.length; i++) {
    const char = line[i] as string;
    if ('([{'.includes(char)) depth++;
    else if (depth > 0 && ')]}'.includes(char)) depth--;
    else if (depth === 0 && (char === ',' || char === ')')) {
      found.push(line.slice(start, i).trim());
      start = i + 1;
      if (char === ')') return found;
    }
  }
  return found;
}
