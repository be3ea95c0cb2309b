/** What the end of a run says about the entries of tsrace.suppressions that did nothing for it. */
import { printable } from './printable.ts';

interface Entries {
  expired: readonly { by: string; pattern: string; until: string }[];
  unused: readonly { by: string; pattern: string }[];
}

const MOST = 20;

export function renderSuppressions({ expired, unused }: Entries): string {
  const lines = expired.map(({ by, pattern, until }) =>
    line(
      by,
      `race:${pattern} has expired (until=${until}): its races count again; mend them, or set a later day`,
    ),
  );
  lines.push(
    ...unused.slice(0, MOST).map(({ by, pattern }) => line(by, `race:${pattern} was not needed in this run`)),
  );
  if (unused.length > MOST) lines.push(`tsrace: ${unused.length - MOST} more suppressions were not needed\n`);
  return lines.join('');
}

const line = (by: string, text: string): string => `tsrace: ${printable(by)}: ${printable(text)}\n`;
