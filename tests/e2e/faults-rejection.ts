/** Makes the API server refuse the healing pods of one node, as a quota or a policy of the cluster would. */

import type { Sandbox } from '../../sandbox/start-sandbox.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

/** Takes effect within a second or two: the API server learns of policies by a watch. */
export async function rejectPodsOf(sandbox: Sandbox, node: string): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const name = `no-pods-on-${node}`;
  await sandbox.api.demand('POST', `${ADMISSION}/validatingadmissionpolicies`, {
    body: {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        validations: [
          {
            expression: `!has(object.metadata.labels) || !('vigilante-node-name' in object.metadata.labels) || object.metadata.labels['vigilante-node-name'] != '${node}'`,
            message: `no pods on ${node} in this test`,
          },
        ],
      },
    },
  });
  await sandbox.api.demand('POST', `${ADMISSION}/validatingadmissionpolicybindings`, {
    body: {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  });
}
