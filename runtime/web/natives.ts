/** What this folder uses of the platform, as it was before anybody replaced it. */
export const apply: typeof Reflect.apply = Reflect.apply;
export const construct: typeof Reflect.construct = Reflect.construct;
export const getOwnPropertyDescriptor: typeof Reflect.getOwnPropertyDescriptor =
  Reflect.getOwnPropertyDescriptor;

// biome-ignore lint/suspicious/noExplicitAny: the platform's functions, of every shape
type Method = (this: any, ...args: any[]) => any;

const getter = (owner: object, key: PropertyKey): Method =>
  getOwnPropertyDescriptor(owner, key)?.get as Method;

export const messageData: () => unknown = getter(MessageEvent.prototype, 'data');
export const messagePorts: () => readonly MessagePort[] = getter(MessageEvent.prototype, 'ports');
export const isTrusted: (event: Event) => boolean = (event) => event.isTrusted;

export const addEventListener: Method = EventTarget.prototype.addEventListener;
export const dispatchEvent: Method = EventTarget.prototype.dispatchEvent;
export const stopEvent: Method = Event.prototype.stopImmediatePropagation;
export const postOnPort: Method = MessagePort.prototype.postMessage;
export const NativeMessageEvent: typeof MessageEvent = MessageEvent;
/** undefined in worklets */
export const clone: Method | undefined = (globalThis as { structuredClone?: Method }).structuredClone;

/** The object that has `key` itself: `object`, or what it inherits from. */
export function ownerOf(object: object, key: PropertyKey): object | undefined {
  for (let at: object | null = object; at !== null; at = Reflect.getPrototypeOf(at))
    if (getOwnPropertyDescriptor(at, key) !== undefined) return at;
  return undefined;
}

/** Calls `step` with an event of this type before any listener of the program's. */
export function listenFirst(target: EventTarget, type: string, step: (event: Event) => void): void {
  apply(addEventListener, target, [type, step, { capture: true }]);
}
