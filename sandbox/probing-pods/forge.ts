/** An answer whose signature is wrong by one character. */

const SIGNATURE = /("sig"\s*:\s*")([A-Za-z0-9_-])/;

/** The first character stands for six bits of the signature; each other one is wrong. */
export function forged(message: string): string {
  return message.replace(SIGNATURE, (_, head: string, first: string) => `${head}${first === 'A' ? 'B' : 'A'}`);
}
