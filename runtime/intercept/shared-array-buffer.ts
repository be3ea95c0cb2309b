/** Where shared memory is allocated: `new SharedArrayBuffer` and shared `WebAssembly.Memory`. */
import type { Host } from '../thread.ts';
import { replaceValue, standInClass } from './disguise.ts';
import { bufferOf, limitOf, NativeMemory } from './shared-memory.ts';

const { apply, construct } = Reflect;

export function installSharedArrayBuffer(host: Host): void {
  const Native = SharedArrayBuffer;
  const Patched = standInClass(Native, (args, newTarget) => {
    const buffer = construct(Native, args, newTarget) as SharedArrayBuffer;
    try {
      host.buffers.allocated(buffer, host.callStack());
    } catch (error) {
      host.detector.survive(error);
    }
    return buffer;
  });
  replaceConstructor(globalThis, 'SharedArrayBuffer', Patched);

  const PatchedMemory = standInClass(NativeMemory, (args, newTarget) => {
    const memory = construct(NativeMemory, args, newTarget) as object;
    try {
      const most = limitOf(memory, args[0]);
      if (most !== undefined) host.buffers.allocated(apply(bufferOf, memory, []), host.callStack(), most);
    } catch (error) {
      host.detector.survive(error);
    }
    return memory;
  });
  replaceConstructor(WebAssembly, 'Memory', PatchedMemory);
}

function replaceConstructor(holder: object, name: string, value: { prototype: object }): void {
  replaceValue(holder, name, value);
  replaceValue(value.prototype, 'constructor', value);
}
