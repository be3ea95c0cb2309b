// Rows are measured one after the other, for minutes: each says on stderr that it is done, and one that fails costs no other.
import { Failure } from './launch.mjs';

/**
 * @param items `[name, function that measures it]`
 * @param brief what is said of a row that is done
 */
export async function measureRows(title, items, brief) {
  const rows = [];
  for (const [name, measure] of items) {
    let row;
    try {
      row = await measure();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      row = { name, failed: error.message };
    }
    rows.push(row);
    console.error(`${title}, ${name}: ${row.failed ? `FAILED: ${row.failed}` : brief(row)}`);
  }
  return rows;
}
