/** One deliberate fault in the code, and the test that must notice it. */

export interface FileChange {
  /** Relative to the repository. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutation extends FileChange {
  /** Rule of DESIGN 7 that the fault breaks; `connectivity` for those of DESIGN 8 and `admission` for those of DESIGN 9, which have no numbers. */
  readonly id: `H${number}` | 'connectivity' | 'admission';
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
