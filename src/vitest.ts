/** The entry `tsrace/vitest`: the plugin for vitest.config.ts. */
export { default, type TsracePlugin } from './integrations/vitest/plugin.ts';
