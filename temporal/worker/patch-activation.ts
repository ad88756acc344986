/** Which patches a worker activates in workflows that meet them for the first time. */

import type { PatchActivationCallback } from '@temporalio/worker';
import { WITHOUT_SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';

/**
 * All of them, but those that leave search attributes out only while these cannot be written. Temporal refuses a
 * workflow task with an attribute that is not registered, and the workflow would be stuck. At the next try of the task
 * this decision lets it go on, and the history says so.
 */
export function patchActivation(areAttributesWritable: () => boolean): PatchActivationCallback {
  return ({ patchId }) => !patchId.startsWith(WITHOUT_SEARCH_ATTRIBUTES) || !areAttributesWritable();
}
