/**
 * The address space that a process may still take: `ulimit -v`, which shared hosts and batch systems set. What tsrace
 * reserves counts there, and where V8 finds none for a thread's heap it ends the process.
 */
import { readFileSync } from 'node:fs';

/** In bytes; Infinity where nothing limits it, or this platform does not say (proc(5): `limits`, `status`). */
export function addressSpace(): number {
  try {
    const limit = /^Max address space\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const taken = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    return Math.max(0, Number(limit) - Number(taken) * 1024);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
