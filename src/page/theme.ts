/** Dark or light: as the system says, until the user says otherwise. */
import { h, icon } from './dom.ts';

const KEY = 'tsrace-theme';
const SUN =
  'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3.05 3.05l1 1M11.95 11.95l1 1M12.95 3.05l-1 1M4.05 11.95l-1 1';
const MOON = 'M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1Z';

export function themeToggle(): HTMLElement {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  const kept = stored();
  if (kept !== undefined) root.dataset['theme'] = kept;
  const isDark = (): boolean => (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const button = h('button', { class: 'icon-button', type: 'button', on: { click: () => flip() } });
  const show = (): void => {
    button.replaceChildren(icon(isDark() ? SUN : MOON));
    const text = isDark() ? 'Use the light theme' : 'Use the dark theme';
    button.setAttribute('aria-label', text);
    button.title = text;
  };
  const flip = (): void => {
    root.dataset['theme'] = isDark() ? 'light' : 'dark';
    store(root.dataset['theme']);
    show();
  };
  system.addEventListener('change', show);
  show();
  return button;
}

/** A browser may forbid it, to files for instance. */
function stored(): string | undefined {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'dark' || theme === 'light' ? theme : undefined;
  } catch {
    return undefined;
  }
}

function store(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // for this visit only, then
  }
}
