/** A short way to write the mutations of one file that one test notices. */

import type { Mutation, MutationList } from './mutation.ts';

/** Rule, text that occurs once in the file, what it becomes. */
type Fault = readonly [id: Mutation['id'], find: string, replace: string];

export function faultsOf(place: Pick<Mutation, 'file' | 'test'>, faults: readonly Fault[]): MutationList {
  return faults.map(([id, find, replace]) => ({ ...place, id, find, replace }));
}
