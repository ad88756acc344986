/** A real admission webhook: the API server asks it over HTTPS, and it answers as a test wants. */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ApiClient } from '../../../sandbox/api-client.ts';
import { LOOPBACK } from '../../../sandbox/ports.ts';
import { FIRST_CERTIFICATE } from '../../fixtures/certificates.ts';

/** `breaks` ends the connection without an answer, `hangs` never answers; otherwise it denies, with this status. */
export type WebhookAnswer = 'allows' | 'breaks' | 'hangs' | { readonly code: number; readonly message: string };

export interface WebhookOptions {
  /** Creations of this are asked about, such as `pods/eviction`. */
  readonly resource: string;
  /** Further fields of the webhook, such as its selectors. */
  readonly only: Readonly<Record<string, unknown>>;
  readonly answer: () => WebhookAnswer | Promise<WebhookAnswer>;
}

export interface AdmissionWebhook {
  remove(): Promise<void>;
}

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** Without its answer nothing is created: its failure policy is `Fail`. It does not keep a process from ending. */
export async function addWebhook(
  admin: ApiClient,
  { resource, only, answer }: WebhookOptions,
): Promise<AdmissionWebhook> {
  const { cert, key } = FIRST_CERTIFICATE;
  const server = createServer({ cert, key }, (request, response) => void review(request, response, answer));
  server.listen(0, LOOPBACK);
  server.unref();
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = `webhook-${randomUUID()}`;
  await admin.demand('POST', CONFIGURATIONS, {
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: 'drain.vigilante.test',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          clientConfig: {
            url: `https://${LOOPBACK}:${port}/`,
            caBundle: Buffer.from(FIRST_CERTIFICATE.cert).toString('base64'),
          },
          rules: [{ apiGroups: [''], apiVersions: ['*'], operations: ['CREATE'], resources: [resource] }],
          ...only,
        },
      ],
    },
  });
  return {
    async remove() {
      await admin.demand('DELETE', `${CONFIGURATIONS}/${name}`, { alsoFine: [404] });
      server.closeAllConnections();
      server.close();
    },
  };
}

async function review(
  request: IncomingMessage,
  response: ServerResponse,
  answer: WebhookOptions['answer'],
): Promise<void> {
  const { uid } = (JSON.parse(await text(request)) as { readonly request: { readonly uid: string } }).request;
  const said = await answer();
  if (said === 'hangs') return;
  if (said === 'breaks') {
    request.socket.destroy();
    return;
  }
  const judged = said === 'allows' ? { uid, allowed: true } : { uid, allowed: false, status: said };
  const body = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: judged };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}
