/** What a thread posts before it is attached: cloned at once, as the program expects, and sent in order later. */
import type { ThreadRuntime } from '../contract.ts';
import { readTransferList } from '../intercept/transfer-list.ts';
import { renamePort } from '../intercept/user-ports.ts';
import { apply, clone } from './natives.ts';
import type { Thread } from './thread.ts';

export function postLater(
  thread: Thread,
  args: unknown[],
  send: (runtime: ThreadRuntime, args: unknown[]) => unknown,
): void {
  if (args.length === 0 || clone === undefined) {
    thread.attached((runtime) => send(runtime, args));
    return;
  }
  const { argument, ports = [] } = readTransferList(args[1]);
  const transfer = Array.isArray(argument)
    ? argument
    : ((argument as { transfer?: unknown } | undefined)?.transfer ?? []);
  const [data, moved] = apply(clone, globalThis, [[args[0], ports], { transfer }]) as [unknown, object[]];
  ports.forEach((port, i) => {
    renamePort(port, moved[i]!);
  });
  // whatever else was transferred belongs to the clone, and is transferred once more or cloned
  thread.attached((runtime) => send(runtime, [data, moved]));
}
