/**
 * One HTML file with all that it needs. The policy in it allows our own script and style, by their hashes, and nothing
 * else: whatever a document says, it runs nothing and loads nothing. The data is JSON in which no `<` is left, so it
 * cannot end its element.
 */
import { createHash } from 'node:crypto';
import type { PageData } from '../page-data.ts';

export interface PageAssets {
  script: string;
  style: string;
}

export function renderPage(data: PageData, { script, style }: PageAssets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy({ script, style })}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>tsrace</title>
<style>${style}</style>
</head>
<body>
<noscript>This page shows its races by a script. tsrace view REPORT shows them on a terminal.</noscript>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Also sent as a header, where the page is served. */
export const policy = ({ script, style }: PageAssets): string =>
  [
    `default-src 'none'`,
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`,
  ].join('; ');

const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const ESCAPES: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** Outside of strings JSON has none of these characters, so the escapes change nothing. */
const embedded = (data: PageData): string =>
  JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (char) => ESCAPES[char]!);
