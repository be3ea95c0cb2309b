/** Where shared memory is allocated: `new SharedArrayBuffer` and shared `WebAssembly.Memory`. */
import type { Host } from '../thread.ts';
import { disguised, replaceValue } from './disguise.ts';

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
  const PatchedMemory = new Proxy(NativeMemory, {
    construct(target, args, newTarget) {
      const memory = Reflect.construct(
        target,
        args,
        newTarget === PatchedMemory ? target : newTarget,
      ) as object;
      const { buffer } = memory as WebAssembly.Memory;
      if ((buffer as unknown) instanceof Native) {
        host.buffers.allocated(buffer as unknown as SharedArrayBuffer, host.seq, host.callStack());
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
