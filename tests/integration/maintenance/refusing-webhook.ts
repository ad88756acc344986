/** An admission webhook that refuses evictions in one namespace with the status that a test wants, as a drain cleaner does. */

import type { ApiClient } from '../../../sandbox/api-client.ts';
import { type AdmissionWebhook, addWebhook } from './admission-webhook.ts';

export interface RefusingWebhook extends AdmissionWebhook {
  /** Evictions that it has refused. */
  readonly refused: () => number;
  /** `breaks` ends the connection without an answer, `allows` lets evictions through. */
  answer: 'refuses' | 'breaks' | 'allows';
}

export async function addRefusingWebhook(admin: ApiClient, namespace: string): Promise<RefusingWebhook> {
  const state = { refused: 0, answer: 'refuses' as RefusingWebhook['answer'] };
  const webhook = await addWebhook(admin, {
    resource: 'pods/eviction',
    only: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    answer: () => {
      if (state.answer !== 'allows') state.refused += 1;
      return state.answer === 'refuses' ? { code: 403, message: 'the leader is moved first' } : state.answer;
    },
  });
  return {
    ...webhook,
    refused: () => state.refused,
    get answer() {
      return state.answer;
    },
    set answer(next) {
      state.answer = next;
    },
  };
}
