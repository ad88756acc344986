/** An admission webhook that is there and never answers in time, as a broken one of the cluster would. */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ApiClient } from '../../../sandbox/api-client.ts';
import { LOOPBACK } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { FIRST_CERTIFICATE } from '../../fixtures/certificates.ts';

export interface SlowWebhook {
  /** Requests that the API server has sent to it. */
  readonly asked: () => number;
  /** Removes it, and waits until the API server does not ask it any more. */
  remove(): Promise<void>;
}

export interface SlowWebhookRule {
  readonly resource: string;
  /** Empty: of the core group. */
  readonly apiGroup?: string;
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
  /** Only objects that have this label are sent to it. */
  readonly label?: string;
}

/** The default of Kubernetes for webhooks of `admissionregistration.k8s.io/v1`. */
const WEBHOOK_TIMEOUT_SECONDS = 10;

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const TAKES_EFFECT_MS = 30_000;

const SLOW_PATH = '/slow';
const PROBE: SlowWebhookRule = { resource: 'configmaps', operations: ['CREATE'] };
const PROBED_PATH = '/api/v1/namespaces/default/configmaps?dryRun=All';

/** Fails open: what it does not answer in ten seconds is let through. */
export async function addSlowWebhook(admin: ApiClient, rules: readonly SlowWebhookRule[]): Promise<SlowWebhook> {
  let asked = 0;
  let probed = false;
  const sockets = new Set<Duplex>();
  const server = createServer({ cert: FIRST_CERTIFICATE.cert, key: FIRST_CERTIFICATE.key }, (request, response) => {
    // The API server adds its time-out as a query.
    if (request.url?.startsWith(SLOW_PATH)) asked += 1;
    else {
      probed = true;
      response.writeHead(404).end();
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = `slow-${randomUUID()}`;
  const webhook = (rule: SlowWebhookRule, path: string, index: number) =>
    webhookOf(rule, { name: `slow-${index}.vigilante.test`, url: `https://${LOOPBACK}:${port}${path}` });
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  try {
    await admin.demand('POST', CONFIGURATIONS, {
      body: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name },
        webhooks: [
          webhook(PROBE, '/probe', rules.length),
          ...rules.map((rule, index) => webhook(rule, SLOW_PATH, index)),
        ],
      },
    });
    // The API server learns of it by a watch.
    await waitUntil(
      async () => {
        await admin.demand('POST', PROBED_PATH, { body: { metadata: { name } } });
        return probed;
      },
      { what: 'the webhook to take effect', timeoutMs: TAKES_EFFECT_MS },
    );
  } catch (error) {
    close();
    throw error;
  }
  return {
    asked: () => asked,
    async remove() {
      await admin.demand('DELETE', `${CONFIGURATIONS}/${name}`, { alsoFine: [404] });
      close();
      await waitUntil(() => sockets.size === 0, { what: 'the webhook to be left', timeoutMs: TAKES_EFFECT_MS });
    },
  };
}

function webhookOf(rule: SlowWebhookRule, { name, url }: { readonly name: string; readonly url: string }) {
  return {
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Ignore',
    timeoutSeconds: WEBHOOK_TIMEOUT_SECONDS,
    clientConfig: { url, caBundle: Buffer.from(FIRST_CERTIFICATE.cert).toString('base64') },
    rules: [
      {
        apiGroups: [rule.apiGroup ?? ''],
        apiVersions: ['*'],
        operations: rule.operations,
        resources: [rule.resource],
      },
    ],
    ...(rule.label === undefined
      ? {}
      : { objectSelector: { matchExpressions: [{ key: rule.label, operator: 'Exists' }] } }),
  };
}
