/**
 * Reads the second argument of `postMessage` and its kin as Node does (an iterable, or an object whose
 * `transfer` is one), once: an iterator of the user's must not be drained twice, so what is not an array is
 * replaced by an array of what it gave.
 */
import { MessagePort } from '../platform.ts';
import { isUserPort, type Port } from './user-ports.ts';

const { isArray } = Array;

export interface TransferList {
  /** what to hand to Node in place of the user's argument */
  readonly argument: unknown;
  /** the ports that go with the message */
  readonly ports: Port[] | undefined;
}

const hasPort = Function.prototype[Symbol.hasInstance].bind(MessagePort);

export function readTransferList(argument: unknown): TransferList {
  if (typeof argument !== 'object' || argument === null) return { argument, ports: undefined };
  const listed = drained(argument);
  if (listed !== undefined) return { argument: listed, ports: portsOf(listed) };
  const { transfer } = argument as { transfer?: unknown };
  if (typeof transfer !== 'object' || transfer === null) return { argument: { transfer }, ports: undefined };
  const list = drained(transfer);
  return { argument: { transfer: list ?? transfer }, ports: list && portsOf(list) };
}

/** What an iterable gives; undefined if it is none. */
export function drained(value: object): unknown[] | undefined {
  if (isArray(value)) return value;
  return typeof (value as Iterable<unknown>)[Symbol.iterator] === 'function'
    ? [...(value as Iterable<unknown>)]
    : undefined;
}

export function portsOf(list: ArrayLike<unknown>): Port[] | undefined {
  const ports: Port[] = [];
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (hasPort(item) || isUserPort(item)) ports.push(item as Port);
  }
  return ports.length === 0 ? undefined : ports;
}
