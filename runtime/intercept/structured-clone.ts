/** `structuredClone`: a clone's shared buffers name the same blocks, and its ports stay the user's. */
import type { ThreadRuntime } from '../contract.ts';
import { type Handler, intercept, throwingAsOriginal } from './disguise.ts';
import { pack, unpack } from './envelope.ts';
import { readTransferList } from './transfer-list.ts';
import { addUserPorts, onlyUserPorts } from './user-ports.ts';

const { apply } = Reflect;

export function interceptStructuredClone(runtime: ThreadRuntime): void {
  const clone: Handler = (original, self, args) => {
    if (args.length === 0) return apply(original, self, args);
    const list = readTransferList(transferOption(args[1]));
    const contents = pack(runtime, args[0], onlyUserPorts(list.ports));
    if (contents === 0) return apply(original, self, [args[0], list.argument]);
    const [cloned, clonedContents] = apply(original, self, [[args[0], contents], list.argument]);
    addUserPorts(unpack(runtime, clonedContents));
    return cloned;
  };
  intercept(globalThis, 'structuredClone', throwingAsOriginal(clone));
}

/** Unlike `postMessage` this takes no bare list. */
function transferOption(options: unknown): unknown {
  const isObject = typeof options === 'object' && options !== null;
  return isObject ? { transfer: (options as { transfer?: unknown }).transfer } : options;
}
