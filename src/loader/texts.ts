/** Source text that is in no file: what the user gave Node to run, by the name that V8 knows it by. */
const texts = new Map<string, string>();

export function rememberText(script: string, text: string): void {
  texts.set(script, text);
}

export const textOf = (script: string): string | undefined => texts.get(script);
