/** Where shared memory is allocated: `new SharedArrayBuffer` and shared `WebAssembly.Memory`. */
import type { Host } from '../thread.ts';
import { disguised, replaceValue } from './disguise.ts';

const WASM_PAGE = 65536;

export function installSharedArrayBuffer(host: Host): void {
  const Native = SharedArrayBuffer;
  const Patched = new Proxy(Native, {
    construct(target, args, newTarget) {
      const buffer = Reflect.construct(target, args, newTarget === Patched ? target : newTarget) as object;
      host.buffers.allocated(buffer as SharedArrayBuffer, host.seq, host.callStack());
      return buffer;
    },
  });
  replaceConstructor(globalThis, 'SharedArrayBuffer', Patched, Native);

  const NativeMemory = WebAssembly.Memory;
  const bufferOf = Object.getOwnPropertyDescriptor(NativeMemory.prototype, 'buffer')?.get as () => unknown;
  const PatchedMemory = new Proxy(NativeMemory, {
    construct(target, args, newTarget) {
      const memory = Reflect.construct(
        target,
        args,
        newTarget === PatchedMemory ? target : newTarget,
      ) as object;
      const buffer = Reflect.apply(bufferOf, memory, []);
      if (buffer instanceof Native) {
        const pages = Number((args[0] as { maximum?: number | bigint }).maximum ?? 0);
        const most = Math.max(buffer.byteLength, pages * WASM_PAGE);
        host.buffers.allocated(buffer, host.seq, host.callStack(), most);
      }
      return memory;
    },
  });
  replaceConstructor(WebAssembly, 'Memory', PatchedMemory, NativeMemory);
}

function replaceConstructor(
  holder: object,
  name: string,
  value: { prototype: object },
  native: object,
): void {
  replaceValue(holder, name, disguised(value, native));
  replaceValue(value.prototype, 'constructor', value);
}
