/** An admission webhook that refuses evictions in one namespace with the status that a test wants, as a drain cleaner does. */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ApiClient } from '../../../sandbox/api-client.ts';
import { LOOPBACK } from '../../../sandbox/ports.ts';
import { FIRST_CERTIFICATE } from '../../fixtures/certificates.ts';

export interface RefusingWebhook {
  /** Evictions that it has refused. */
  readonly refused: () => number;
  /** `breaks` ends the connection without an answer, `allows` lets evictions through. */
  answer: 'refuses' | 'breaks' | 'allows';
  remove(): Promise<void>;
}

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

export async function addRefusingWebhook(admin: ApiClient, namespace: string): Promise<RefusingWebhook> {
  let refused = 0;
  const webhook: RefusingWebhook = { refused: () => refused, answer: 'refuses', remove };
  const server = createServer({ cert: FIRST_CERTIFICATE.cert, key: FIRST_CERTIFICATE.key }, (request, response) => {
    void text(request).then((body) => {
      const { uid } = (JSON.parse(body) as { readonly request: { readonly uid: string } }).request;
      const allowed = webhook.answer === 'allows';
      if (!allowed) refused += 1;
      if (webhook.answer === 'breaks') return request.socket.destroy();
      const status = { code: 403, message: 'the leader is moved first' };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed, status } };
      return response.setHeader('content-type', 'application/json').end(JSON.stringify(review));
    });
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = `refusing-${randomUUID()}`;
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
          rules: [{ apiGroups: [''], apiVersions: ['*'], operations: ['CREATE'], resources: ['pods/eviction'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        },
      ],
    },
  });

  async function remove(): Promise<void> {
    await admin.demand('DELETE', `${CONFIGURATIONS}/${name}`, { alsoFine: [404] });
    server.closeAllConnections();
    server.close();
  }
  return webhook;
}
