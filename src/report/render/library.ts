/** Frames that are not the user's own, and how a run of them is called where it is shown as one. */
import type { Frame } from '../report.ts';

/** `node_modules/piscina`, `node:events`; undefined for a file of the user's */
export function libraryOf({ file }: Pick<Frame, 'file'>): string | undefined {
  if (file.startsWith('node:')) return file;
  const parts = file.split(/[\\/]/);
  // the innermost: a package may bring its own node_modules
  const at = parts.lastIndexOf('node_modules');
  if (at === -1) return undefined;
  const length = parts[at + 1]?.startsWith('@') ? 3 : 2;
  return at + length < parts.length ? parts.slice(at, at + length).join('/') : undefined;
}

/**
 * The frames of a stack, two and more of libraries in a row as one group. The first frame is never in a group: it is
 * the access.
 */
export function grouped(frames: readonly Frame[]): (Frame | Frame[])[] {
  const groups: (Frame | Frame[])[] = [];
  let run: Frame[] = [];
  const end = (): void => {
    groups.push(...(run.length > 1 ? [run] : run));
    run = [];
  };
  frames.forEach((frame, index) => {
    if (index > 0 && libraryOf(frame) !== undefined) run.push(frame);
    else {
      end();
      groups.push(frame);
    }
  });
  end();
  return groups;
}

/** `3 frames in node_modules/piscina, node:events` */
export function groupName(group: readonly Frame[]): string {
  const libraries = [...new Set(group.map((frame) => libraryOf(frame) ?? frame.file))];
  const more = libraries.length > 2 ? ` and ${libraries.length - 2} more` : '';
  return `${group.length} frames in ${libraries.slice(0, 2).join(', ')}${more}`;
}
