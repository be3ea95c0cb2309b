/** The event of a window whose `__tsrace__` is there now, for whoever came before it. */
export const READY = 'tsrace';
