/** What kwok does with pods: stages of our own, by the behaviour of their node. */

import { POD_EFFECT } from './pod-effect.ts';

const STAGE_VERSION = 'kwok.x-k8s.io/v1alpha1';

/** The uid makes the API server refuse the patch when another pod of that name is there by now. */
const STATUS_HEAD = `
metadata:
  uid: {{ .metadata.uid | Quote }}
status:
  {{ $now := Now }}
  {{ $hostIPs := NodeIPsWith .spec.nodeName }}
  {{ with $hostIPs }}
  hostIP: {{ index . 0 | Quote }}
  hostIPs:
  {{ range . }}
  - ip: {{ . | Quote }}
  {{ end }}
  {{ end }}
  startTime: {{ $now | Quote }}
`;

const POD_IPS = `
  {{ with PodIPsWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace }}
  podIP: {{ index . 0 | Quote }}
  podIPs:
  {{ range . }}
  - ip: {{ . | Quote }}
  {{ end }}
  {{ end }}
`;

function conditions(statuses: Readonly<Record<string, 'True' | 'False'>>): string {
  const lines = Object.entries(statuses).map(
    ([type, status]) => `  - {type: ${type}, status: "${status}", lastTransitionTime: {{ $now | Quote }}}`,
  );
  return ['  conditions:', ...lines, ''].join('\n');
}

const CONTAINERS_RUNNING = `
  phase: Running
  containerStatuses:
  {{ $uid := .metadata.uid }}
  {{ range .spec.containers }}
  - name: {{ .name | Quote }}
    image: {{ .image | Quote }}
    imageID: {{ .image | Quote }}
    containerID: {{ printf "containerd://%s" $uid | Quote }}
    ready: true
    started: true
    restartCount: 0
    state: {running: {startedAt: {{ $now | Quote }}}}
  {{ end }}
`;

const CONTAINERS_CREATING = `
  phase: Pending
  containerStatuses:
  {{ range .spec.containers }}
  - name: {{ .name | Quote }}
    image: {{ .image | Quote }}
    imageID: ""
    ready: false
    started: false
    restartCount: 0
    state: {waiting: {reason: ContainerCreating}}
  {{ end }}
`;

interface PodStage {
  readonly effect: 'proving' | 'no-sandbox' | 'failing';
  readonly status: string;
  readonly event?: { readonly type: string; readonly reason: string; readonly message: string };
}

const POD_STAGES: readonly PodStage[] = [
  {
    effect: 'proving',
    status: `${STATUS_HEAD}${POD_IPS}${conditions({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      ContainersReady: 'True',
      Ready: 'True',
    })}${CONTAINERS_RUNNING}`,
  },
  {
    effect: 'no-sandbox',
    status: `${STATUS_HEAD}${POD_IPS}${conditions({
      PodReadyToStartContainers: 'False',
      Initialized: 'True',
      ContainersReady: 'False',
      Ready: 'False',
    })}${CONTAINERS_CREATING}`,
  },
  {
    effect: 'failing',
    event: {
      type: 'Warning',
      reason: 'FailedCreatePodSandBox',
      message:
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: ' +
        'plugin type="azure-vnet" failed (add): HNS failed with error : The parameter is incorrect.',
    },
    status: `${STATUS_HEAD}${conditions({
      PodReadyToStartContainers: 'False',
      Initialized: 'True',
      ContainersReady: 'False',
      Ready: 'False',
    })}${CONTAINERS_CREATING}`,
  },
];

/** The documents of kwok's configuration file. */
export function kwokStages(): readonly object[] {
  return [NODE_STAGE, ...POD_STAGES.map(podStage), ENDED_POD_STAGE];
}

/** kwok wants a stage for nodes; this one never applies, as the sandbox itself writes what a node reports. */
const NODE_STAGE = {
  apiVersion: STAGE_VERSION,
  kind: 'Stage',
  metadata: { name: 'node-left-to-the-sandbox' },
  spec: {
    resourceRef: { apiGroup: 'v1', kind: 'Node' },
    selector: { matchExpressions: [{ key: '.metadata.name', operator: 'DoesNotExist' }] },
    next: {},
  },
};

const GRACE = 'if (.metadata.deletionGracePeriodSeconds // 0) > 0 then "some" else "none" end';

/**
 * A pod takes all of its grace to end: its `deletionTimestamp` is when that is over. kwok deletes by name, without the uid,
 * so that it must leave alone what needs no kubelet to vanish: a pod with a grace of 0, such as a healing pod, whose name
 * the next one may have.
 */
const ENDED_POD_STAGE = {
  apiVersion: STAGE_VERSION,
  kind: 'Stage',
  metadata: { name: 'pod-ended' },
  spec: {
    resourceRef: { apiGroup: 'v1', kind: 'Pod' },
    selector: {
      matchExpressions: [
        { key: '.metadata.deletionTimestamp', operator: 'Exists' },
        { key: '.metadata.finalizers', operator: 'DoesNotExist' },
        { key: GRACE, operator: 'In', values: ['some'] },
      ],
    },
    delay: { durationMilliseconds: 0, durationFrom: { expressionFrom: '.metadata.deletionTimestamp' } },
    next: { delete: true },
  },
};

function podStage({ effect, status, event }: PodStage): object {
  return {
    apiVersion: STAGE_VERSION,
    kind: 'Stage',
    metadata: { name: `pod-${effect}` },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: {
        matchExpressions: [
          { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
          // Once per pod: the first status that this stage writes has a start time.
          { key: '.status.startTime', operator: 'DoesNotExist' },
          { key: POD_EFFECT, operator: 'In', values: [effect] },
        ],
      },
      steps: [
        ...(event === undefined ? [] : [{ event }]),
        { patch: { subresource: 'status', type: 'strategic', template: status } },
      ],
    },
  };
}
