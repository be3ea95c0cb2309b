/** The style of the overlay, which no style of the page gets into, nor this one out of. */
export const STYLE: string = `
:host {
  all: initial;
  position: fixed;
  inset: auto 12px 12px auto;
  z-index: 2147483646;
  max-width: min(34rem, calc(100vw - 24px));
  color-scheme: light dark;
}
@media print { :host { display: none; } }
section {
  box-sizing: border-box;
  max-height: 50vh;
  overflow: auto;
  padding: 10px 14px;
  border: 1px solid #b3261e;
  border-radius: 8px;
  background: #fff;
  color: #1b1b1f;
  font: 13px/1.45 system-ui, sans-serif;
  box-shadow: 0 4px 18px rgb(0 0 0 / 25%);
}
header { display: flex; align-items: center; gap: 12px; }
header p { flex: 1; margin: 0; font-weight: 600; color: #b3261e; }
ul { margin: 6px 0 0; padding: 0; list-style: none; }
li { margin: 8px 0 0; overflow-wrap: anywhere; }
p { margin: 2px 0 0; }
p:empty { display: none; }
code { display: block; font: 12px/1.4 ui-monospace, monospace; }
a { color: #0b57d0; }
li > a, li > strong { font-weight: 600; }
button {
  min-width: 28px;
  min-height: 28px;
  border: 0;
  border-radius: 6px;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button:hover { background: rgb(127 127 127 / 20%); }
a:focus-visible, button:focus-visible { outline: 2px solid #0b57d0; outline-offset: 1px; }
@media (prefers-color-scheme: dark) {
  section { background: #1e1f22; color: #e3e3e3; border-color: #f2b8b5; }
  header p { color: #f2b8b5; }
  a { color: #a8c7fa; }
  a:focus-visible, button:focus-visible { outline-color: #a8c7fa; }
}
`;
