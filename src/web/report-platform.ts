/** src/report/platform.ts in a browser, where no file can be read: built modules bring their source along. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type * as node from '../report/platform.ts';

export const sep: typeof node.sep = '/';

export const digest: typeof node.digest = (text) => bytesToHex(sha256(utf8ToBytes(text)));

export const readText: typeof node.readText = (path) => {
  throw new Error(`no file: ${path}`);
};
