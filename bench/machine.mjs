// What the figures depend on and a reader may know. No names: of hosts, of users, of folders.
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

export const machine = () => ({
  node: process.version,
  v8: process.versions.v8,
  platform: platform(),
  arch: arch(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
});
