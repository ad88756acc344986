/** A program that must be there before anything can start. */

/** `EX_UNAVAILABLE` of sysexits.h. */
export const EXIT_UNAVAILABLE = 69;

/** Its message is one line for the user; no stack trace helps. */
export class MissingPrerequisite extends Error {
  override readonly name = 'MissingPrerequisite';
}
