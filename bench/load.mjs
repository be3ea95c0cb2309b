// Notices load that is not ours: what the machine's cores did, less what this process and its children used. Two
// workers on two cores collapse when somebody else takes a core, and the medians would be those of the other's work.
// From /proc, in ticks; time that a hypervisor took counts as others'. Elsewhere nothing is known of it.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** of all cores; the figures of other detectors that ours are held against were taken so */
const LIMIT = 0.06;
/** the kernel's own accounts differ by as much */
const SLACK_TICKS = 4;

/** @returns a function that says which share of the machine others had since; undefined where nobody knows */
export function watchLoad() {
  const before = look();
  return () => {
    const after = look();
    if (before === undefined || after === undefined || after.total === before.total) return undefined;
    const others = after.busy - before.busy - (after.own - before.own) - SLACK_TICKS;
    return Math.max(0, others / (after.total - before.total));
  };
}

export const isDisturbed = (others) => others !== undefined && others > LIMIT;

const TURN_MS = 500;
/** in the whole run: where it is never quiet, waiting for it is no use */
let patience = 120_000 / TURN_MS;

/** Until others are quiet, for ten seconds at most: what disturbed one round is likely to disturb the next. */
export async function untilQuiet() {
  for (let turn = 0; turn < 10_000 / TURN_MS && patience > 0; turn++, patience--) {
    const others = watchLoad();
    await setTimeout(TURN_MS);
    if (!isDisturbed(others())) return;
  }
}

function look() {
  try {
    // user nice system idle iowait irq softirq steal; what guests had is in user
    const cores = readFileSync('/proc/stat', 'latin1')
      .split('\n', 1)[0]
      .trim()
      .split(/\s+/)
      .slice(1, 9)
      .map(Number);
    const total = cores.reduce((sum, ticks) => sum + ticks, 0);
    return { total, busy: total - cores[3] - cores[4], own: ticksOfTree(process.pid) };
  } catch {
    return undefined;
  }
}

/** Of a process and all below it: what has ended is in its parent's, what runs (a browser) is not. */
function ticksOfTree(root) {
  const processes = new Map();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) processes.set(Number(name), statOf(name));
  }
  const isOurs = (pid) => {
    for (let at = pid; at !== undefined && at > 1; at = processes.get(at)?.parent)
      if (at === root) return true;
    return false;
  };
  let sum = 0;
  for (const [pid, stat] of processes) if (stat !== undefined && isOurs(pid)) sum += stat.ticks;
  return sum;
}

/** undefined for one that has ended meanwhile */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // state and parent, and as 12th to 15th utime stime cutime cstime, behind a name that may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      parent: Number(fields[1]),
      ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0),
    };
  } catch {
    return undefined;
  }
}
