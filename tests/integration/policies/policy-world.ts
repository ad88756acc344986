/** A real API server with the admission policies of the chart, and clients with the tokens of the processes. */

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Component } from '../../../contracts/processes.ts';
import { applyAdmissionPolicies } from '../../../sandbox/admission-policy.ts';
import { type ApiClient, createApiClient, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import type { VigilanteConfig } from '../../../sandbox/folder.ts';
import { MAINTENANCE_NAMESPACE, RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';

export const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
export const ACT_PODS = `/api/v1/namespaces/${MAINTENANCE_NAMESPACE}/pods`;
const POLICIES = '/apis/admissionregistration.k8s.io/v1';
const OBEYED_TIMEOUT_MS = 120_000;

const KubeconfigSchema = z.object({
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

export interface PolicyWorld extends TestApiServer {
  readonly worker: ApiClient;
  readonly starter: ApiClient;
  readonly maintainer: ApiClient;
  /** Makes a mutating policy that somebody else may have in the cluster; resolves when the API server obeys it. */
  addMutation(mutation: Mutation): Promise<void>;
}

export interface Mutation {
  readonly name: string;
  readonly resources: readonly string[];
  readonly operation: 'CREATE' | 'UPDATE';
  /** A CEL expression: which objects it changes. */
  readonly condition: string;
  /** A CEL expression for a list of `JSONPatch`. */
  readonly patches: string;
  /** Whether the API server has applied it. */
  readonly isObeyed: (admin: ApiClient) => Promise<boolean>;
}

/** Pod Security does not help the policies here: its label is taken off the namespace. */
export async function startPolicyWorld(vigilante: VigilanteConfig): Promise<PolicyWorld> {
  const server = await startApiServer();
  try {
    return await withPolicies(server, vigilante);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function withPolicies(server: TestApiServer, vigilante: VigilanteConfig): Promise<PolicyWorld> {
  await applyAdmissionPolicies(server.admin, vigilante);
  await server.admin.demand('PATCH', `/api/v1/namespaces/${RELEASE_NAMESPACE}`, {
    body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': null } } },
    contentType: MERGE_PATCH,
  });
  const worker = await clientOf(server, 'worker');
  const starter = await clientOf(server, 'starter');
  const maintainer = await clientOf(server, 'maintainer');
  await untilObeyed(server, worker);
  return {
    ...server,
    worker,
    starter,
    maintainer,
    async addMutation(mutation) {
      const { name, resources, operation, condition, patches } = mutation;
      const rule = {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: [operation],
        resources,
      };
      await server.admin.demand('POST', `${POLICIES}/mutatingadmissionpolicies`, {
        body: {
          metadata: { name },
          spec: {
            failurePolicy: 'Fail',
            reinvocationPolicy: 'Never',
            matchConstraints: { resourceRules: [rule] },
            matchConditions: [
              {
                name: 'chosen',
                expression: condition,
              },
            ],
            mutations: [
              {
                patchType: 'JSONPatch',
                jsonPatch: { expression: patches },
              },
            ],
          },
        },
      });
      await server.admin.demand('POST', `${POLICIES}/mutatingadmissionpolicybindings`, {
        body: {
          metadata: { name },
          spec: { policyName: name },
        },
      });
      await waitUntil(async () => mutation.isObeyed(server.admin).catch(() => false), {
        what: `the mutating policy ${name} to be obeyed`,
        timeoutMs: OBEYED_TIMEOUT_MS,
      });
    },
    async stop() {
      await worker.close();
      await starter.close();
      await maintainer.close();
      await server.stop();
    },
  };
}

async function untilObeyed({ admin }: TestApiServer, worker: ApiClient): Promise<void> {
  // Without it no pod comes as far as a policy.
  const accounts = `/api/v1/namespaces/${MAINTENANCE_NAMESPACE}/serviceaccounts`;
  await admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
  for (const [client, pods] of [
    [worker, PODS],
    [admin, ACT_PODS],
  ] as const) {
    await waitUntil(
      async () => (await client.call('POST', `${pods}?dryRun=All`, { body: STRANGE_POD })).status === 403,
      {
        what: 'the admission policies to be obeyed',
        timeoutMs: OBEYED_TIMEOUT_MS,
      },
    );
  }
}

const STRANGE_POD = {
  metadata: { name: 'strange' },
  spec: { containers: [{ name: 'strange', image: 'strange' }] },
};

async function clientOf(server: TestApiServer, component: Component): Promise<ApiClient> {
  const { users } = KubeconfigSchema.parse(parse(await readFile(server.kubeconfig(component).path, 'utf8')));
  return createApiClient({ server: server.url, certificates: '', anyCertificate: true, token: users[0].user.token });
}

const AnswerSchema = z.looseObject({ message: z.string().default('') });

/** What a policy of ours said, without the name of the policy; the whole message where another one refused. */
export function refusalOf(answer: { readonly status: number; readonly body: unknown }): string {
  if (answer.status < 300) return '';
  const { message } = AnswerSchema.parse(answer.body);
  return answer.status === 403 ? (message.split('denied request: ')[1] ?? message) : `${answer.status} ${message}`;
}
