/** Bounds texts that come from outside before they are kept, logged or sent on. */

/**
 * At most so many UTF-16 units, the last one an ellipsis where something is left out. Lone surrogates become U+FFFD:
 * Temporal refuses a message that is not valid UTF-8, and would refuse it again at each retry.
 */
export function cutText(text: string, lengthMax: number): string {
  const cut = text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
  return cut.toWellFormed();
}
