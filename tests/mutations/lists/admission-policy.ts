/** Faults in what the worker may change of a node, noticed on a real API server with the account of the chart. */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const place = {
  file: 'charts/vigilante/files/admission-policy.yaml',
  test: { project: 'e2e', path: 'tests/chart/admission-policy.test.ts' },
} as const;

const besideOthers = {
  file: place.file,
  test: { project: 'integration', path: 'tests/integration/policies/nodes.test.ts' },
} as const;

const pods = {
  file: 'charts/vigilante/files/pod-admission-policy.yaml',
  test: { project: 'integration', path: 'tests/integration/policies/healing-pods.test.ts' },
} as const;

const probes = {
  file: pods.file,
  test: { project: 'integration', path: 'tests/integration/policies/probing-pods.test.ts' },
} as const;

export const mutations: MutationList = [
  ...faultsOf(besideOthers, [
    // Too strict: a mutating policy of somebody else then stops the worker.
    [
      'admission',
      'orValue("") == "vigilante"\n      && variables.entries',
      'orValue("") == "other"\n      && variables.entries',
    ],
    ['admission', '(variables.sentNoTaints || variables.spec', '(false || variables.spec'],
    [
      'admission',
      '|| variables.sentOnlyOurs)\n      && variables.oldAnnotations',
      ')\n      && variables.oldAnnotations',
    ],
    ['admission', 'key in ["capacity", "allocatable"] && variables.sentOnlyOurs', 'false'],
    // Too loose: a token may hide its changes among theirs.
    ['admission', '      && variables.entries.size() > 0\n', ''],
    ['admission', '.all(taint, taint.key in STARTUP_TAINTS || taint in variables.taints)', '.all(taint, true)'],
    ['admission', 'taint.key in STARTUP_TAINTS || ', ''],
    ['admission', 'variables.taints.all(taint, taint in variables.oldTaints)', '"true" == "true"'],
    ['admission', '|| !("f:spec" in entry.fieldsV1)', '|| "true" == "true"'],
    ['admission', '\'STARTUP_TAINTS.size() > 0 ? ["f:taints"] : []\'', '\'[""]\''],
    ['admission', '.all(part, part in variables.metadata[key])', '.all(part, true)'],
    ['admission', '      && variables.foreignEntries.all(entry, entry.?manager.orValue("") != "vigilante")\n', ''],
  ]),
  ...faultsOf(pods, [
    [
      'admission',
      'request.userInfo.username in HEALING_ACCOUNTS',
      'request.userInfo.username in HEALING_ACCOUNTS && false',
    ],
    ['admission', 'operations: ["*"]', 'operations: [CREATE]'],
    ['admission', 'resources: [pods, pods/*]', 'resources: [pods]'],
    ['admission', ' && request.namespace == HEALING_NAMESPACE\n', '\n'],
    ['admission', '(variables.component == "snat-healer" || (', '("true" == "true" || ('],
    ['admission', 'key in POD_LABELS ||', 'true ||'],
    ['admission', '|| key in POD_ANNOTATIONS\n', '|| true\n'],
    [
      'admission',
      '"annotations", "ownerReferences", "managedFields"]',
      '"annotations", "ownerReferences", "managedFields", "finalizers"]',
    ],
    ['admission', 'owner.kind == "Node" && ', ''],
    [
      'admission',
      '"serviceAccount", "serviceAccountName",',
      '"serviceAccount", "serviceAccountName", "volumes", "hostNetwork",',
    ],
    ['admission', 'variables.spec.?automountServiceAccountToken.orValue(true) == false', '"true" == "true"'],
    ['admission', '.orValue("default") in ["", "default"]', '.orValue("default") != ""'],
    ['admission', 'key == "nodeAffinity"\n', 'key.endsWith("ffinity")\n'],
    ['admission', 'in ["", POD_PRIORITY_CLASS]', '!= "none"'],
    ['admission', '"resources", "terminationMessagePath"', '"resources", "env", "command", "terminationMessagePath"'],
    ['admission', 'one.image.startsWith(image + "@sha256:")', 'one.image.contains("@sha256:")'],
    ['admission', '.compareTo(quantity(POD_REQUESTS_MAX[key])) <= 0', '.compareTo(quantity("1G")) <= 0'],
    ['admission', 'variables.entries.size() == 1\n', 'variables.entries.size() > 0\n'],
    [
      'admission',
      'variables.isTracked && !(("f:" + key) in variables.sentSpec)))\n    message: a healing pod may have no volumes',
      'false))\n    message: a healing pod may have no volumes',
    ],
  ]),
  ...faultsOf(probes, [
    ['admission', '(variables.component == "verification" && variables.commands.size() > 0)', 'false'],
    ['admission', ' && variables.commands.size() > 0)', ')'],
    ['admission', '.startsWith(variables.component == "verification"\n', '.startsWith("true" == "false"\n'],
    ['admission', '(((variables.component == "snat-healer" && ', '((('],
    ['admission', 'one.?command.orValue([]) == variables.commands[one.name]', 'one.?command.orValue([]).size() > 0'],
    ['admission', '(key in ["command", "env"] && one.name in variables.commands)', 'false'],
    ['admission', '(key in ["command", "env"] &&', '(key in ["command", "env", "args", "envFrom"] &&'],
    ['admission', '.orValue("") == "metadata.uid"', '.orValue("") != ""'],
    ['admission', 'entry.name.matches("^[-._a-zA-Z0-9]+$")', '"true" == "true"'],
    ['admission', '(variables.isTracked && entry.name.matches', '(false && entry.name.matches'],
  ]),
  ...faultsOf(place, [
    ['admission', 'resources: [nodes, nodes/status]', 'resources: [nodes]'],
    ['admission', 'resources: [nodes, nodes/status]', 'resources: [nodes/status]'],
    ['admission', 'request.userInfo.username == "system:serviceaccount:WORKER_ACCOUNT"', '"true" == "true"'],
    ['admission', 'variables.spec == variables.oldSpec\n', '"true" == "true"\n'],
    ['admission', ' && variables.metadata[key] == variables.oldMetadata[key])', ')'],
    [
      'admission',
      '&& variables.oldMetadata.all(key, key in variables.metadataElsewhere || (key in variables.metadata\n',
      '&& variables.oldMetadata.all(key, true || (key in variables.metadata\n',
    ],
    ['admission', ' && variables.annotations[key] == variables.oldAnnotations[key])', ')'],
    [
      'admission',
      '&& variables.oldAnnotations.all(key, key in variables.ourAnnotations || key in variables.annotations)',
      '',
    ],
    ['admission', '"].orValue("") in ["true", "false"]', '"].orValue("") in ["true", "false", "yes"]'],
    ['admission', '"].orValue("") in ["true", "false"]', '"].orValue("true") in ["true", "false"]'],
    ['admission', '"].orValue("") in ["true", "false"]', '"].orValue("") in ["true"]'],
    ['admission', '"].orValue("")) <= 2048', '"].orValue("")) <= 2049'],
    ['admission', 'orValue("disabled") == "disabled"', 'orValue("disabled") in ["disabled", "off"]'],
    ['admission', 'orValue("disabled") == "disabled"', 'orValue("") == "disabled"'],
    ['admission', ' && variables.status[key] == variables.oldStatus[key])', ')'],
    ['admission', '|| (key in variables.oldStatus &&', '|| (!(key in variables.oldStatus) ||'],
    ['admission', '&& variables.oldStatus.all(key, key == "conditions" ||', '&& variables.oldStatus.all(key, true ||'],
    ['admission', 'one.?reason.orValue("").size() <= 128', 'one.?reason.orValue("").size() <= 129'],
    ['admission', 'one.?message.orValue("").size() <= 1024', 'one.?message.orValue("").size() <= 1025'],
    ['admission', 'one.status in ["True", "False", "Unknown"]', '"true" == "true"'],
    ['admission', 'variables.oldForeignEntries.all(old, (', 'variables.oldForeignEntries.all(old, true || ('],
    [
      'admission',
      '|| variables.oldForeignEntries.exists(old, entry.?manager == old.?manager',
      '|| true || variables.oldForeignEntries.exists(old, entry.?manager == old.?manager',
    ],
    [
      'admission',
      '== variables.oldConditions.filter(one, !(one.type in variables.ourConditions))',
      '!= [variables.oldConditions.filter(one, !(one.type in variables.ourConditions))]',
    ],
    ['admission', '.filter(one, one.type == name).size() == 1', '.size() > 0'],
  ]),
];
