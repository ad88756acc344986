/** Lint fixture: the activities that the workflows beside it use. */

export interface FixtureActivities {
  probeNode(name: string): Promise<string>;
}

export function probeNode(name: string): Promise<string> {
  return Promise.resolve(`probed ${name}`);
}
