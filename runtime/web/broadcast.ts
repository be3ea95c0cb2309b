/**
 * A broadcast reaches other pages of the origin too, each with an analysis of its own, whose clocks say nothing here.
 * So its envelope names the analysis.
 */
import { type Envelope, isEnvelope } from '../intercept/envelope.ts';

const MAGIC = '\u0000tsrace broadcast';

type Broadcast = [magic: string, analysis: number, envelope: Envelope];

const isBroadcast = (message: unknown): message is Broadcast =>
  Array.isArray(message) && message[0] === MAGIC && isEnvelope(message[2]);

export const broadcastOf = (analysis: number, envelope: Envelope): Broadcast => [MAGIC, analysis, envelope];

/** The envelope in `message`, if it is one of this analysis. */
export const ofAnalysis = (message: unknown, analysis: number): unknown =>
  isBroadcast(message) && message[1] === analysis ? message[2] : undefined;

/** What the sender meant, wherever it came from. */
export const dataOf = (message: unknown): unknown => {
  const envelope = isBroadcast(message) ? message[2] : message;
  return isEnvelope(envelope) ? envelope[1] : message;
};
