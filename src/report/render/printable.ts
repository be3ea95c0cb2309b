/**
 * Names, paths and source text come from the user's program, or from a document that anybody may have written.
 * Control characters would steer a terminal, and those of direction show a line other than it is: both are spelled out.
 */
export function printable(text: string, keepTab = false): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) => {
    if (char === '\t' && keepTab) return char;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
