/** Opens the user's browser, where there is one: the address is printed anyway, so nothing depends on it. */
import { spawn } from 'node:child_process';

export function openBrowser(url: string): void {
  const [command, ...args] = commandOf(process.platform);
  try {
    const child = spawn(command!, [...args, url], { stdio: 'ignore', detached: true });
    child.on('error', () => {});
    child.unref();
  } catch {
    // as on a server
  }
}

function commandOf(platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') return ['open'];
  // `start` takes a quoted first word for a title
  if (platform === 'win32') return ['cmd.exe', '/c', 'start', '""'];
  return ['xdg-open'];
}
