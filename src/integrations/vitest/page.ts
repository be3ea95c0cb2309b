/** The setup file of a page of browser mode. */
import { handle } from '../handle.ts';
import { install as installHooks, type Vitest, type VitestSuite } from './hooks.ts';
import { send } from './page-message.ts';

export async function install(vitest: Vitest, suite: VitestSuite | undefined): Promise<void> {
  if (handle() !== undefined) installHooks(vitest, suite);
  // the runtime is not there without shared memory
  else await send(null);
}
