/** Test runners that are CommonJS are met when Node runs the module of theirs that is of interest. */
import { installJest } from './jest.ts';
import { installMocha } from './mocha.ts';
import type { Testing } from './testing.ts';

interface Module {
  exports: unknown;
}

const RUNNABLE = /[\\/]mocha[\\/]lib[\\/]runnable\.js$/;
const CIRCUS =
  /[\\/]jest-circus[\\/](?:build[\\/]runner|build[\\/]legacy-code-todo-rewrite[\\/]jestAdapter)\.js$/;
const JEST_RUNTIME = /[\\/]jest-runtime[\\/]build[\\/]index\.js$/;

/** Shown each CommonJS module that has run. `contexts`: jest is about to compile code into contexts of its own. */
export const seesRunners =
  (testing: Testing, contexts: () => void) =>
  (file: string, module: Module): void => {
    if (RUNNABLE.test(file)) installMocha(testing, module.exports as { prototype: object });
    else if (CIRCUS.test(file)) installJest(testing, module as { exports: object });
    else if (JEST_RUNTIME.test(file)) contexts();
  };
