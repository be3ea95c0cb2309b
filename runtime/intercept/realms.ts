/**
 * What each realm has of its own and a program may reach shared memory with: prototypes of views, Atomics,
 * reflection. A thread has one realm, and one more for each vm context. Views and SharedArrayBuffers pass
 * freely between them, so all are patched alike.
 *
 * Not patched in the realm of a context: the bulk methods of its views, and its constructors.
 */
import type { Host } from '../thread.ts';
import { installAtomics } from './atomics.ts';
import { installDataView } from './data-view.ts';
import { installIterators } from './iterators.ts';
import { installPrototypes } from './prototypes.ts';
import { installProxy } from './proxy.ts';
import { installReflection } from './reflection.ts';

export type Realm = Pick<
  typeof globalThis,
  'Array' | 'Atomics' | 'DataView' | 'Function' | 'Int8Array' | 'Object' | 'Proxy' | 'Reflect'
>;

/** Patches a realm. What the globals of a context share with another realm is patched once. */
export function realmInstaller(
  host: Host,
  stampViews: (typedArrayPrototype: object) => void,
): (realm: Realm) => void {
  const patched = new WeakSet<object>();
  const once = (object: object): boolean => !patched.has(object) && patched.add(object) !== undefined;
  const { getPrototypeOf } = Object;
  return (realm) => {
    const views = getPrototypeOf(realm.Int8Array.prototype) as object;
    if (once(views)) {
      stampViews(views);
      installIterators(host, views, getPrototypeOf(new realm.Array()[Symbol.iterator]()));
    }
    if (once(realm.Atomics)) installAtomics(host, realm.Atomics);
    if (once(realm.DataView.prototype)) installDataView(host, realm.DataView.prototype);
    if (once(realm.Proxy)) installProxy(host.key, realm);
    if (once(realm.Reflect)) {
      installReflection(host.key, realm);
      installPrototypes(host.key, realm);
    }
  };
}
