/**
 * Lets the worker of a sandbox make the pods of `profiles`: the admission policy of the chart for pods knows the profile
 * `snat` alone. Nothing changes without profiles.
 */

import { z } from 'zod';
import { ProfilesConfigSchema } from '../config/schema/profiles.ts';
import { PROFILE_LABEL } from '../contracts/healing/names.ts';
import { type ApiClient, MERGE_PATCH } from './api-client.ts';
import { auditUser } from './audit.ts';
import type { VigilanteConfig } from './folder.ts';
import { RELEASE_NAMESPACE, serviceAccountOf } from './layout.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';
const API = `/apis/${API_VERSION}`;
const POLICIES = `${API}/validatingadmissionpolicies`;
const POD_POLICY = `${serviceAccountOf('worker')}-pods`;
const PROFILE_POLICY = `${serviceAccountOf('worker')}-profile-pods`;

const PolicySchema = z.object({
  spec: z.object({
    matchConditions: z.array(z.looseObject({ name: z.string() })),
  }),
});
type PolicySpec = z.infer<typeof PolicySchema>['spec'];

export async function allowProfiles(api: ApiClient, vigilante: VigilanteConfig): Promise<void> {
  const profiles = ProfilesConfigSchema.parse(vigilante['profiles']);
  if (profiles.length === 0) return;
  const names = profiles.map(({ name }) => name);
  await change(api, POD_POLICY, ({ matchConditions }) => ({
    matchConditions: [...matchConditions, { name: 'not-of-a-profile', expression: `!(${isOfProfile(names)})` }],
  }));
  const images = profiles.flatMap(({ pod }) => pod.image ?? []);
  const made = { apiVersion: API_VERSION, metadata: { name: PROFILE_POLICY } };
  await api.demand('POST', POLICIES, {
    body: { ...made, kind: 'ValidatingAdmissionPolicy', spec: profilePolicy(names, images) },
  });
  await api.demand('POST', `${API}/validatingadmissionpolicybindings`, {
    body: {
      ...made,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: PROFILE_POLICY, validationActions: ['Deny'] },
    },
  });
}

/** A delete has the old object alone, and a deletecollection has none. */
function isOfProfile(names: readonly string[]): string {
  const pod = '(object != null ? dyn(object) : oldObject != null ? dyn(oldObject) : dyn({}))';
  return `${pod}.?metadata.?labels[?"${PROFILE_LABEL}"].orValue("") in ${JSON.stringify(names)}`;
}

function profilePolicy(names: readonly string[], images: readonly string[]): object {
  const accounts = [serviceAccountOf('worker'), serviceAccountOf('starter')].map(auditUser);
  const created = (expression: string) => `request.operation == "DELETE" || (${expression})`;
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods', 'pods/*'] }],
    },
    matchConditions: [
      { name: 'by-worker-or-starter', expression: `request.userInfo.username in ${JSON.stringify(accounts)}` },
      { name: 'of-a-profile', expression: isOfProfile(names) },
    ],
    validations: [
      {
        expression: `request.operation in ["CREATE", "DELETE"] && request.?subResource.orValue("") == ""
          && request.namespace == "${RELEASE_NAMESPACE}"`,
      },
      {
        expression: created(`object.metadata.labels[?"app.kubernetes.io/managed-by"].orValue("") == "vigilante"
          && object.metadata.labels[?"app.kubernetes.io/component"].orValue("") in ["onboarding", "verification"]
          && object.metadata.name.startsWith("vigilante-")`),
      },
      {
        expression: created(`!has(object.spec.volumes) && object.spec.automountServiceAccountToken == false
          && !object.spec.?hostNetwork.orValue(false) && object.spec.securityContext.runAsNonRoot == true`),
      },
      {
        expression: created(`!has(object.spec.initContainers) && object.spec.containers.all(one,
          one.name.startsWith("echo-") && one.image in ${JSON.stringify(images)} && !has(one.volumeMounts))`),
      },
    ].map((validation) => ({ ...validation, message: 'a pod of a profile asks its endpoints, and nothing else' })),
  };
}

async function change(api: ApiClient, name: string, changed: (spec: PolicySpec) => object): Promise<void> {
  const { spec } = PolicySchema.parse((await api.demand('GET', `${POLICIES}/${name}`)).body);
  await api.demand('PATCH', `${POLICIES}/${name}`, { body: { spec: changed(spec) }, contentType: MERGE_PATCH });
}
