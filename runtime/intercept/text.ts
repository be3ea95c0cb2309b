/** `TextDecoder` reads all that it is given; `TextEncoder.encodeInto` writes exactly the bytes that it says. */
import type { ThreadRuntime } from '../contract.ts';
import { intercept } from './disguise.ts';

const { apply } = Reflect;

export function interceptText({ bytesOf }: ThreadRuntime): void {
  intercept(TextDecoder.prototype, 'decode', (original, self, args) => {
    const text = apply(original, self, args);
    bytesOf(args[0])?.read();
    return text;
  });
  intercept(TextEncoder.prototype, 'encodeInto', (original, self, args) => {
    const result = apply(original, self, args) as { written: number };
    bytesOf(args[1])?.write(0, result.written);
    return result;
  });
}
