/** Copies of this checkout with changes, or of an earlier commit, with the bundle of their workflows built. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileChange } from '../mutations/mutation.ts';
import { makeCommittedCheckout, makeScratchCheckout, type ScratchCheckout } from '../mutations/scratch-checkout.ts';

/** Copy of this checkout with those changes. */
export function changedCheckout(changes: readonly FileChange[]): Promise<ScratchCheckout> {
  return built(makeScratchCheckout(), changes);
}

/** An earlier version: the tree of a commit. */
export async function committedCheckout(commit: string): Promise<ScratchCheckout> {
  return built(makeCommittedCheckout(commit), []);
}

/** Without the bundle each worker would build one at its start, over and over. */
async function built(made: ScratchCheckout, changes: readonly FileChange[]): Promise<ScratchCheckout> {
  // Also when the run is ended by Ctrl-C.
  process.once('exit', made.remove);
  const checkout = {
    ...made,
    remove() {
      process.off('exit', made.remove);
      made.remove();
    },
  };
  try {
    for (const change of changes) checkout.apply(change);
    await buildBundle(checkout.folder);
    return checkout;
  } catch (error) {
    checkout.remove();
    throw error;
  }
}

async function buildBundle(folder: string): Promise<void> {
  const child = spawn(process.execPath, ['worker/build-bundle.ts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`the bundle of the workflows in ${folder} was not built:\n${errors}`);
}
