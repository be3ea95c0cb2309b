/** `crypto.getRandomValues` writes the whole of the view that it is given. */
import type { ThreadRuntime } from '../contract.ts';
import { intercept } from './disguise.ts';

/** `prototype` is that of the `Crypto` objects. */
export function interceptGetRandomValues({ bytesOf }: ThreadRuntime, prototype: object): void {
  intercept(prototype, 'getRandomValues', (original, self, args) => {
    const view = Reflect.apply(original, self, args);
    bytesOf(view)?.write();
    return view;
  });
}
