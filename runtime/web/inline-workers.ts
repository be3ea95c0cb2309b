/**
 * Workers whose code is in their URL: blob: and data:. No bundler has put the runtime there, and their code may come
 * from instrumented functions (`fn.toString()`). So the thread is started with the runtime's own text, and then with
 * the code that was meant, untouched: from a blob: URL of our own, which the program does not revoke.
 *
 * A data: worker has an origin of its own and can reach no blob: URL of the page's: both texts go into one data: URL.
 */
import { intercept } from '../intercept/disguise.ts';
import { apply } from './natives.ts';

const NativeBlob = globalThis.Blob;
const NativeURL = globalThis.URL;

export interface InlineWorkers {
  /** What to start in place of `url`; undefined leaves it. */
  urlFor(url: unknown, isModule: boolean): string | undefined;
}

/** `text`: of a function that starts the runtime. */
export function inlineWorkers(text: () => string): InlineWorkers {
  const blobs = new Map<string, Blob>();
  const { createObjectURL } = NativeURL;
  const urlOf = (blob: Blob): string => apply(createObjectURL, NativeURL, [blob]);
  const script = (...parts: BlobPart[]): string => urlOf(new NativeBlob(parts, { type: 'text/javascript' }));
  let own: string | undefined;

  intercept(NativeURL, 'createObjectURL', (original, self, args) => {
    const url = apply(original, self, args) as string;
    if (args[0] instanceof NativeBlob) blobs.set(url, args[0]);
    return url;
  });
  intercept(NativeURL, 'revokeObjectURL', (original, self, args) => {
    blobs.delete(String(args[0]));
    return apply(original, self, args);
  });

  return {
    urlFor(url, isModule) {
      const address = typeof url === 'string' || url instanceof NativeURL ? String(url) : '';
      if (address.startsWith('data:')) return inData(address, `(${text()})();\n`);
      const blob = blobs.get(address.replace(/#.*/s, ''));
      if (blob === undefined) return undefined;
      own ??= script(`(${text()})();`);
      const program = JSON.stringify(script(blob));
      const first = JSON.stringify(own);
      return script(
        isModule
          ? `import ${first};import ${program};`
          : `importScripts(${first});importScripts(${program});`,
      );
    },
  };
}

/** The code of a data: URL with `first` before it; undefined for what is no data: URL after all. */
function inData(url: string, first: string): string | undefined {
  const [all, type, base64, body] = /^data:([^,]*?)(;base64)?,([^#]*)/is.exec(url) ?? [];
  if (all === undefined) return undefined;
  try {
    const code = base64 ? utf8(atob(decodeURIComponent(body!))) : decodeURIComponent(body!);
    const directive = /^\s*(["'])use strict\1/.test(code) ? '"use strict";' : '';
    return `data:${type},${encodeURIComponent(directive + first + code)}`;
  } catch {
    return undefined;
  }
}

const utf8 = (bytes: string): string =>
  new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
