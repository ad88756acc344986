/** Everything that is wrong with a configuration, reported at once. */

/** `EX_CONFIG` of sysexits: the process cannot run with what it was given. */
export const EXIT_CONFIG = 78;

export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`wrong configuration, ${count} in ${source}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
