/** Writes a long list as JSON in pieces, so that it is never in memory as a whole; other work goes on between them. */

import { setImmediate as nextTurn } from 'node:timers/promises';

const PIECE_LENGTH = 32_768;

/** @param write the JSON of an item, with its name where it is one of an object's; null leaves it out. */
export async function* jsonPieces<Item>(
  [opening, closing]: readonly [string, string],
  items: Iterable<Item>,
  write: (item: Item) => string | null,
): AsyncGenerator<string> {
  let piece = opening;
  let isFirst = true;
  for (const item of items) {
    const json = write(item);
    if (json !== null) {
      piece += isFirst ? json : `,${json}`;
      isFirst = false;
    }
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
    await nextTurn();
  }
  yield piece + closing;
}
