/** An error as a text, for messages that people read. */

/** The error and its causes in one line; a cause that the message has already is left out. */
export function messageOf(error: unknown): string {
  const message = ownMessageOf(error);
  const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : '';
  return cause === '' || message.includes(cause) ? message : `${message}: ${cause}`;
}

/** Without the causes. */
export function ownMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
