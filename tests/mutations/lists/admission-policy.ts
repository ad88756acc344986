/** Faults in what the worker may change of a node, noticed on a real API server with the account of the chart. */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const place = {
  file: 'charts/vigilante/files/admission-policy.yaml',
  test: { project: 'e2e', path: 'tests/chart/admission-policy.test.ts' },
} as const;

export const mutations: MutationList = faultsOf(place, [
  ['admission', 'resources: [nodes, nodes/status]', 'resources: [nodes]'],
  ['admission', 'resources: [nodes, nodes/status]', 'resources: [nodes/status]'],
  ['admission', 'request.userInfo.username == "system:serviceaccount:WORKER_ACCOUNT"', '"true" == "true"'],
  ['admission', 'dyn(object.spec) == dyn(oldObject.spec)', '"true" == "true"'],
  ['admission', ' && variables.metadata[key] == variables.oldMetadata[key])', ')'],
  [
    'admission',
    '&& variables.oldMetadata.all(key, key in variables.metadataElsewhere || key in variables.metadata)',
    '',
  ],
  ['admission', ' && variables.annotations[key] == variables.oldAnnotations[key])', ')'],
  [
    'admission',
    '&& variables.oldAnnotations.all(key, key in ["HEALED_ANNOTATION", "vigilante-snat-proof", "vigilante-healing"] || key in variables.annotations)',
    '',
  ],
  ['admission', 'orValue("") in ["true", "false"]', 'orValue("") in ["true", "false", "yes"]'],
  ['admission', 'orValue("") in ["true", "false"]', 'orValue("true") in ["true", "false"]'],
  ['admission', 'orValue("") in ["true", "false"]', 'orValue("") in ["true"]'],
  ['admission', 'orValue("")) <= 2048', 'orValue("")) <= 2049'],
  ['admission', 'orValue("disabled") == "disabled"', 'orValue("disabled") in ["disabled", "off"]'],
  ['admission', 'orValue("disabled") == "disabled"', 'orValue("") == "disabled"'],
  ['admission', ' && variables.status[key] == variables.oldStatus[key])', ')'],
  ['admission', '|| (key in variables.oldStatus &&', '|| (!(key in variables.oldStatus) ||'],
  ['admission', '&& variables.oldStatus.all(key, key == "conditions" || key in variables.status)', ''],
  [
    'admission',
    '== variables.oldConditions.filter(one, one.type != "AgentConnectivity")',
    '!= [variables.oldConditions.filter(one, one.type != "AgentConnectivity")]',
  ],
  ['admission', '.filter(one, one.type == "AgentConnectivity").size() == 1', '.size() > 0'],
]);
