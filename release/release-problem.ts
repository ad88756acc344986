/** A reason not to release, for the person who asked for it: no stack trace would help. */

export class ReleaseProblem extends Error {
  override readonly name = 'ReleaseProblem';
}
