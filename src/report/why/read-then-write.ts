/**
 * Whether both threads run one function that reads an element and, in the same line or below, writes it: `count[0] =
 * count[0] + 1`, `view.setUint32(0, view.getUint32(0) + 1)`, or `account.balance -= sum`, where `balance` is a getter and
 * a setter over shared memory. That both are the same bytes is what the race says; that they are the same element, and
 * not those of two neighbours, the words of the source must say.
 */
import type { AccessReport, Diagnosis, Frame, RaceReport } from '../report.ts';
import type { SourceLines } from '../source-lines.ts';

/** lines between a read and a write that belong to it */
const FAR = 12;

export function readThenWrite(accesses: RaceReport['accesses'], source: SourceLines): Diagnosis | null {
  const read = accesses.find(({ type }) => type === 'read');
  const write = accesses.find(({ type }) => type === 'write');
  const places = read && write && placesInOneFunction(read, write, source);
  if (places === undefined) return null;
  const [from, to] = places;
  const apart = to.line - from.line;
  if (apart < 0 || apart > FAR) return null;
  const between = source.some(from, from.line, to.line).join('\n');
  return /\bif\s*\(|\?[^.?]/.test(between) ? 'check-then-act' : 'lost-update';
}

/** Where a function reads the element and where it writes it. */
function placesInOneFunction(
  { frames: [read, reader] }: AccessReport,
  { frames: [write, writer] }: AccessReport,
  source: SourceLines,
): [Frame, Frame] | undefined {
  if (read === undefined || write === undefined) return undefined;
  const isElement = isSame(elementAt(read, source), elementAt(write, source));
  const direct = inOneFunction(read, write);
  if (direct !== undefined) {
    const isOnePlace = read.line === write.line && read.column === write.column;
    return isElement && !isOnePlace ? direct : undefined;
  }
  const [got, set] = [accessorIn(read, 'get'), accessorIn(write, 'set')];
  const [ofRead, ofWrite] = [receiverAt(reader, got, source), receiverAt(writer, set, source)];
  if (got !== '' && set !== '')
    return got === set && isSame(ofRead, ofWrite) ? inOneFunction(reader, writer) : undefined;
  // only one of them has an accessor, and of the same object as the other
  if (isElement && got !== '' && ofRead === 'this') return inOneFunction(reader, write);
  if (isElement && set !== '' && ofWrite === 'this') return inOneFunction(read, writer);
  return undefined;
}

/** Not what stands at the top of a module: threads run it that have nothing else in common. */
function inOneFunction(one: Frame | undefined, other: Frame | undefined): [Frame, Frame] | undefined {
  if (one === undefined || other === undefined || one.file !== other.file) return undefined;
  return one.function === other.function && one.function !== '<module>' ? [one, other] : undefined;
}

const isSame = (one: string, other: string): boolean => one !== '' && one === other;

/** The name of an accessor's property; '' of another function. */
const accessorIn = ({ function: name }: Frame, kind: 'get' | 'set'): string =>
  name.startsWith(`${kind} `) ? name.slice(kind.length + 1) : '';

/** `counter[i]`, as it is written; of a DataView its name, what is accessed and where. */
function elementAt(frame: Frame, source: SourceLines): string {
  const text = (source.line(frame) ?? '').slice(frame.column - 1);
  const element = /^[\w$.#]+\s*\[[^\]]*\]/.exec(text)?.[0];
  if (element !== undefined) return element.replace(/\s/g, '');
  const [, view, type, at] = /^([\w$.#]+)\s*\.[gs]et([A-Z]\w+)\(\s*([^,()]*?)\s*[,)]/.exec(text) ?? [];
  return view === undefined ? '' : `${view}.${type}(${at})`;
}

/** `account`, where its property is accessed. The place is that of the whole, of the name, or of the operator after it. */
function receiverAt(frame: Frame | undefined, property: string, source: SourceLines): string {
  if (frame === undefined || property === '') return '';
  const at = frame.column - 1;
  for (const { 0: whole, 1: receiver, 2: name, index } of (source.line(frame) ?? '').matchAll(PROPERTY))
    if (name === property && index <= at && at <= index + whole.length) return receiver as string;
  return '';
}

/** `account.balance`, `accounts[i].balance`, and the blanks behind it. */
const PROPERTY = /((?:[\w$#]|\[[^[\]]*\]|\.(?=[\w$#]+\.))+)\.([\w$#]+)\s*/g;
