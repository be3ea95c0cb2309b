/**
 * Does the terminal understand OSC 8? There is no way to ask it: a list of those that are known to, by what they leave
 * in the environment. `FORCE_HYPERLINK` decides where the list is wrong, as in other tools.
 */
export function supportsHyperlinks(env: NodeJS.ProcessEnv): boolean {
  const forced = env['FORCE_HYPERLINK'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['CI'] || env['TEAMCITY_VERSION'] || env['TERM'] === 'dumb' || env['NO_HYPERLINK']) return false;
  // Konsole, kitty, Windows Terminal, Domterm
  if (env['KONSOLE_VERSION'] || env['KITTY_WINDOW_ID'] || env['WT_SESSION'] || env['DOMTERM']) return true;
  const [major = 0, minor = 0] = (env['TERM_PROGRAM_VERSION'] ?? '').split('.').map(Number);
  switch (env['TERM_PROGRAM']) {
    case 'iTerm.app':
      return major > 3 || (major === 3 && minor >= 1);
    case 'vscode':
      return major > 1 || (major === 1 && minor >= 72) || env['CURSOR_TRACE_ID'] !== undefined;
    case 'WezTerm':
    case 'ghostty':
    case 'zed':
    case 'Hyper':
      return true;
  }
  // GNOME Terminal and its kin; 0.50.0 crashes
  if (Number(env['VTE_VERSION']) > 5000) return true;
  return /^(?:alacritty|foot|xterm-kitty|xterm-ghostty)/.test(env['TERM'] ?? '');
}
