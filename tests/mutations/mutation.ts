/** One deliberate fault in the code, and the test that must notice it. */

export interface FileChange {
  /** Relative to the repository. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutation extends FileChange {
  /**
   * Rule that the fault breaks: H of the healing, E of the proof by effect, M of maintenance and privileges; `connectivity` and `admission` for those of
   * the design that have no numbers.
   */
  readonly id: `H${number}` | `E${number}` | `M${number}` | 'connectivity' | 'admission';
  readonly test: {
    readonly project: 'unit' | 'integration' | 'e2e';
    readonly path: string;
    /** Runs only the tests whose full title matches; a regular expression, as jest's `-t`. */
    readonly name?: string;
  };
}

/** Every file in `lists/` exports one. */
export type MutationList = readonly Mutation[];

export function occurrences(text: string, part: string): number {
  return part === '' ? 0 : text.split(part).length - 1;
}
