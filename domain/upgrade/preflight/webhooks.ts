/** Check `webhooks`: webhooks without which nothing can be created, or converted, while their pods are away. */

import type { Finding } from './finding.ts';

/** One that the API server demands an answer of (`failurePolicy: Fail`, and every conversion). */
export interface WebhookFacts {
  /** Such as `ValidatingWebhookConfiguration/policy/pods.policy.example.org`. */
  readonly name: string;
  /** Null: it is called at an address outside the cluster. */
  readonly service: WebhookService | null;
  /** Of the last certificate of its CA bundle; null without a bundle. */
  readonly caNotAfterMs: number | null;
  /** Whether its rules have pods or nodes in them. */
  readonly isAboutPodsOrNodes: boolean;
}

export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  readonly exists: boolean;
  /** Nodes of its ready endpoints; an empty text where that is not said. */
  readonly endpointNodes: readonly string[];
}

export function webhookFindings(webhooks: readonly WebhookFacts[], nowMs: number): readonly Finding[] {
  return webhooks.flatMap((webhook) => [...caFinding(webhook, nowMs), ...serviceFinding(webhook)]);
}

function caFinding({ name, caNotAfterMs }: WebhookFacts, nowMs: number): readonly Finding[] {
  if (caNotAfterMs === null || nowMs < caNotAfterMs) return [];
  return [{ answer: 'block', object: name, detail: `its CA bundle ended at ${new Date(caNotAfterMs).toISOString()}` }];
}

function serviceFinding({ name, service, isAboutPodsOrNodes }: WebhookFacts): readonly Finding[] {
  if (service === null) return [];
  const place = `${service.namespace}/${service.name}`;
  if (!service.exists) return [{ answer: 'block', object: name, detail: `its Service ${place} does not exist` }];
  const nodes = [...new Set(service.endpointNodes)];
  if (nodes.length === 0)
    return [{ answer: 'block', object: name, detail: `its Service ${place} has no ready endpoint` }];
  if (nodes.length === 1 && nodes[0] !== '') {
    return [{ answer: 'warn', object: name, detail: `all pods of ${place} run on ${nodes[0]}` }];
  }
  if (!isAboutPodsOrNodes) return [];
  return [
    { answer: 'warn', object: name, detail: `it decides about pods or nodes, and runs in the cluster (${place})` },
  ];
}
