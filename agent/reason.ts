/** An error in words. */

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of a name with several addresses each attempt has its own error, and the whole has no message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  // Node's word for a connection that ended in the middle of an answer.
  return error.message === 'aborted' ? 'the answer was cut short' : error.message.trim();
}
