/** Arguments as the functions of the platform understand them, for what is recorded after a call that succeeded. */

/**
 * A whole number: `otherwise` for undefined and null, NaN for what only the call itself may convert (an object,
 * whose conversion is code of the user's); nothing is recorded of a range with a NaN in it.
 */
export function whole(value: unknown, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'number') return Math.trunc(value) || 0;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint')
    return Math.trunc(Number(value)) || 0;
  return Number.NaN;
}
