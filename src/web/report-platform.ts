/** src/report/platform.ts in a browser, where no file can be read: built modules bring their source along. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeUtf8 } from '../../runtime/web/platform.ts';
import type * as node from '../report/platform.ts';

export const sep: typeof node.sep = '/';

export const digest: typeof node.digest = (text) => bytesToHex(sha256(encodeUtf8(text)));

export const readText: typeof node.readText = (path) => {
  throw new Error(`no file: ${path}`);
};
