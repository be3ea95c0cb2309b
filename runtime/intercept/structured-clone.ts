/** `structuredClone`: a clone's shared buffers name the same blocks, and its ports stay the user's. */
import type { ThreadRuntime } from '../contract.ts';
import { type Handler, intercept, throwingAsOriginal } from './disguise.ts';
import { pack, unpack } from './envelope.ts';
import { readTransferList } from './transfer-list.ts';
import { keepPorts, onlyUserPorts } from './user-ports.ts';

const { apply } = Reflect;

/** `owner`: what has the function; in a browser's worker that is a prototype of the global object. */
export function interceptStructuredClone(runtime: ThreadRuntime, owner: object = globalThis): void {
  const clone: Handler = (original, self, args) => {
    if (args.length === 0) return apply(original, self, args);
    const list = readTransferList(transferOption(args[1]));
    const ports = onlyUserPorts(list.ports);
    const contents = pack(runtime, args[0], ports);
    if (contents === 0) return apply(original, self, [args[0], list.argument]);
    try {
      const [cloned, clonedContents] = apply(original, self, [[args[0], contents], list.argument]);
      unpack(runtime, clonedContents);
      return cloned;
    } catch (error) {
      keepPorts(runtime, ports);
      throw error;
    }
  };
  intercept(owner, 'structuredClone', throwingAsOriginal(clone));
}

/** Unlike `postMessage` this takes no bare list. */
function transferOption(options: unknown): unknown {
  const isObject = typeof options === 'object' && options !== null;
  return isObject ? { transfer: (options as { transfer?: unknown }).transfer } : options;
}
