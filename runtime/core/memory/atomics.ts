/**
 * The native functions of Atomics. The detector's own words are not the program's: it must not come by the functions
 * that the runtime puts in their place (runtime/intercept/atomics.ts), nor by what a program may put there.
 */
export const atomicAdd: (typeof Atomics)['add'] = Atomics.add;
export const atomicAnd: (typeof Atomics)['and'] = Atomics.and;
export const compareExchange: (typeof Atomics)['compareExchange'] = Atomics.compareExchange;
export const exchange: (typeof Atomics)['exchange'] = Atomics.exchange;
export const atomicLoad: (typeof Atomics)['load'] = Atomics.load;
export const atomicOr: (typeof Atomics)['or'] = Atomics.or;
export const atomicStore: (typeof Atomics)['store'] = Atomics.store;
export const atomicWait: (typeof Atomics)['wait'] = Atomics.wait;
