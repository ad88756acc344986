/** A fixed fraction for a text: spreads nodes over time without randomness, equal after each replay. */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** 32-bit FNV-1a of the text, as a fraction in [0, 1). */
export function spreadOf(text: string): number {
  let hash = FNV_OFFSET;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), FNV_PRIME);
  }
  return (hash >>> 0) / 2 ** 32;
}
