/** Writes a file of ours whole or not at all: it may be one of those that it was made from, or be read meanwhile. */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { OptionError } from '../options.ts';
import { writeFully } from '../report/write.ts';

/** @param flag as it was given, for an error */
export function writeWhole(flag: string, file: string, text: string): void {
  if (file === '-') {
    writeFully(1, text);
    return;
  }
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    if (isSpecial(file)) {
      writeFileSync(file, text);
      return;
    }
    writeFileSync(fresh, text);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new OptionError(`cannot write ${flag} ${JSON.stringify(file)}: ${REASONS[code ?? ''] ?? code}`);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'it is not writable',
  EROFS: 'it is not writable',
  ENOSPC: 'the disk is full',
};

/** A device, a pipe, a folder: nothing that could be replaced. */
function isSpecial(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile();
}
