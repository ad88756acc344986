/** An error as a text. */

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A name with several addresses gives one error for each attempt, and the whole has no message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  // Node says this of a connection that ended in the middle of an answer.
  return error.message === 'aborted' ? 'the answer was cut short' : error.message.trim();
}
