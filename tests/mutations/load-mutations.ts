/** Reads every list of mutations in `lists/`. */

import { readdirSync } from 'node:fs';
import type { Mutation, MutationList } from './mutation.ts';

const LISTS = new URL('./lists/', import.meta.url);

export async function loadMutations(): Promise<Mutation[]> {
  const mutations: Mutation[] = [];
  for (const file of readdirSync(LISTS).toSorted()) {
    if (!file.endsWith('.ts')) continue;
    const list = (await import(new URL(file, LISTS).href)) as { mutations?: MutationList };
    if (list.mutations === undefined) throw new Error(`tests/mutations/lists/${file} exports no "mutations"`);
    mutations.push(...list.mutations);
  }
  return mutations;
}
