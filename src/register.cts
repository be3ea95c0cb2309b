/** The entry that `--require` runs first in every thread of every process; see preload.ts. */
require('./preload.ts').preload(__filename);
