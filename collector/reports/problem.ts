/** What is wrong with a report: told to the agent with status 400, nothing is changed. */

const SHOWN_LENGTH_MAX = 80;

export class ReportProblem extends Error {
  override readonly name = 'ReportProblem';
}

/** The beginning of a value as JSON. */
export function valueOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value).slice(0, SHOWN_LENGTH_MAX);
}
