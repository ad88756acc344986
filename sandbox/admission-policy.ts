/** Narrows what the worker may write: the policy of the chart, `charts/vigilante/files/admission-policy.yaml`. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../contracts/names.ts';
import type { ApiClient } from './api-client.ts';
import type { VigilanteConfig } from './folder.ts';
import { RELEASE_NAMESPACE, serviceAccountOf } from './layout.ts';

const FILE = fileURLToPath(new URL('../charts/vigilante/files/admission-policy.yaml', import.meta.url));
const API_VERSION = 'admissionregistration.k8s.io/v1';

const AnnotationSchema = z.object({
  healing: z.object({ annotation: z.string().default(DEFAULT_HEALED_ANNOTATION) }).prefault({}),
});

/** The API server obeys it about a second later. */
export async function applyAdmissionPolicy(api: ApiClient, vigilante: VigilanteConfig): Promise<void> {
  const { annotation } = AnnotationSchema.parse(vigilante).healing;
  const worker = serviceAccountOf('worker');
  const text = (await readFile(FILE, 'utf8'))
    .replaceAll('WORKER_ACCOUNT', `${RELEASE_NAMESPACE}:${worker}`)
    .replaceAll('HEALED_ANNOTATION', annotation);
  const spec: unknown = parse(text);
  const binding = { policyName: worker, validationActions: ['Deny'] };
  await create(api, 'ValidatingAdmissionPolicy', { resource: 'validatingadmissionpolicies', name: worker, spec });
  await create(api, 'ValidatingAdmissionPolicyBinding', {
    resource: 'validatingadmissionpolicybindings',
    name: worker,
    spec: binding,
  });
}

async function create(
  api: ApiClient,
  kind: string,
  { resource, name, spec }: { resource: string; name: string; spec: unknown },
): Promise<void> {
  const body = { apiVersion: API_VERSION, kind, metadata: { name }, spec };
  await api.demand('POST', `/apis/${API_VERSION}/${resource}`, { body, alsoFine: [409] });
}
