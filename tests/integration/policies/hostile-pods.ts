/** Pods that a stolen token would make, each as a change of the healing pod, and what the policy says about it. */

import { SNAT_PROFILE, verifyingPodLabels } from '../../../contracts/healing/names.ts';

export interface PodBody {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly object[] };
}

export type PodChange = (pod: PodBody) => PodBody;

export const spec =
  (fields: object): PodChange =>
  (pod) => ({ ...pod, spec: { ...pod.spec, ...fields } });
export const metadata =
  (fields: object): PodChange =>
  (pod) => ({ ...pod, metadata: { ...pod.metadata, ...fields } });
export const container =
  (fields: object): PodChange =>
  (pod) => ({ ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map((one) => ({ ...one, ...fields })) } });
const added =
  (key: 'labels' | 'annotations', entries: object): PodChange =>
  (pod) => ({ ...pod, metadata: { ...pod.metadata, [key]: { ...Object(pod.metadata[key]), ...entries } } });
const without =
  (key: string): PodChange =>
  (pod) => ({ ...pod, spec: { ...pod.spec, [key]: undefined } });

const FIELDS = /^a healing pod may have no volumes, host namespaces, init containers or other fields/;
export const CONTAINER =
  /^the container of a healing pod has an image, resources and what asks its endpoint, and nothing else$/;
export const ONE = /^a healing pod has one container, named pause, or one for each endpoint that it asks$/;
const KEYS = /^a healing pod may have no other labels and annotations than its own and those of healing\.pod$/;
export const METADATA = /^a healing pod has the name of one, a node as its only owner, and no finalizer$/;
export const LABELS =
  /^worker and starter of Vigilante may only create and delete pods with the labels of healing pods$/;
const WINDOWS = /^a healing pod is for Windows nodes$/;
const TOKEN = /^a healing pod gets no token of a service account$/;
/** The API server has added the volume with the token, which without an entry counts as sent. */
const TOKEN_OR_VOLUME = /^a healing pod (gets no token of a service account|may have no volumes)/;
const ENDS = /^a healing pod ends by itself/;
const PLACE = /^a healing pod has the scheduler and the priority class of healing\.pod, and no affinity to other pods$/;
const SECURITY = /^a healing pod runs as no administrator, and has no other security context$/;
const IMAGE =
  /^a healing pod has an image of healing\.pod\.image or admissionPolicy\.podImages: registry\.example\.com\/pause:1$/;
const RESOURCES = /^a healing pod has at most the resources of healing\.pod\.resources$/;

const otherPods = { matchLabels: { app: 'victim' } };
const terms = {
  requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/os', labelSelector: otherPods }],
};
const owner = { apiVersion: 'v1', kind: 'Node', name: 'win-1', uid: '0-0' };
const linux = { os: { name: 'linux' }, nodeSelector: { 'kubernetes.io/os': 'linux' } };
const token = { serviceAccountToken: { path: 'token' } };

export const HOSTILE_PODS: readonly (readonly [title: string, change: PodChange, refusal: RegExp])[] = [
  ['a secret as a volume', spec({ volumes: [{ name: 'a', secret: { secretName: 'a' } }] }), FIELDS],
  ['a config map as a volume', spec({ volumes: [{ name: 'a', configMap: { name: 'a' } }] }), FIELDS],
  ['a folder of the node', spec({ volumes: [{ name: 'a', hostPath: { path: '/' } }] }), FIELDS],
  ['a projected token', spec({ volumes: [{ name: 'a', projected: { sources: [token] } }] }), FIELDS],
  ['the network of the node', spec({ hostNetwork: true }), FIELDS],
  ['the processes of the node', spec({ ...linux, hostPID: true }), FIELDS],
  ['the shared memory of the node', spec({ ...linux, hostIPC: true }), FIELDS],
  ['an init container', spec({ initContainers: [{ name: 'a', image: 'registry.example.com/pause:1' }] }), FIELDS],
  ['the name of a node', spec({ nodeName: 'linux-1' }), FIELDS],
  ['a runtime class', spec({ runtimeClassName: 'kata' }), FIELDS],
  ['processes that it shares', spec({ ...linux, shareProcessNamespace: true }), FIELDS],
  ['names of hosts', spec({ hostAliases: [{ ip: '127.0.0.1', hostnames: ['a'] }] }), FIELDS],
  ['a hostname', spec({ hostname: 'collector', subdomain: 'care' }), FIELDS],
  ['resolvers of its own', spec({ dnsConfig: { nameservers: ['10.0.0.1'] } }), FIELDS],
  ['a gate', spec({ schedulingGates: [{ name: 'example.com/gate' }] }), FIELDS],
  ['a readiness gate', spec({ readinessGates: [{ conditionType: 'example.com/gate' }] }), FIELDS],
  ['a claim of a device', spec({ resourceClaims: [{ name: 'a', resourceClaimName: 'a' }] }), FIELDS],
  [
    'a spread',
    spec({
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
    }),
    FIELDS,
  ],
  ['Linux', spec(linux), WINDOWS],
  ['no operating system', without('os'), WINDOWS],
  ['no selector', without('nodeSelector'), WINDOWS],
  ['another account', spec({ serviceAccountName: 'vigilante-worker' }), TOKEN],
  ['the token of its account', spec({ automountServiceAccountToken: true }), TOKEN_OR_VOLUME],
  ['a token by default', without('automountServiceAccountToken'), TOKEN_OR_VOLUME],
  ['restarts', spec({ restartPolicy: 'Always' }), ENDS],
  ['a long end', spec({ terminationGracePeriodSeconds: 3_600 }), ENDS],
  ['no deadline', without('activeDeadlineSeconds'), ENDS],
  ['a far deadline', spec({ activeDeadlineSeconds: 864_001 }), ENDS],
  ['a high priority', spec({ priorityClassName: 'system-node-critical' }), PLACE],
  ['another scheduler', spec({ schedulerName: 'mine' }), PLACE],
  ['an affinity against the pods of others', spec({ affinity: { podAntiAffinity: terms } }), PLACE],
  ['an affinity to the pods of others', spec({ affinity: { podAffinity: terms } }), PLACE],
  ['any user', spec({ securityContext: { runAsNonRoot: false } }), SECURITY],
  ['no word about its user', without('securityContext'), SECURITY],
  [
    'a process of the node',
    spec({ securityContext: { runAsNonRoot: true, windowsOptions: { hostProcess: true } }, hostNetwork: true }),
    FIELDS,
  ],
  [
    'an administrator of Windows',
    spec({ securityContext: { runAsNonRoot: true, windowsOptions: { runAsUserName: 'ContainerAdministrator' } } }),
    SECURITY,
  ],
  [
    'an account of the domain',
    spec({ securityContext: { runAsNonRoot: true, windowsOptions: { gmsaCredentialSpecName: 'admin' } } }),
    SECURITY,
  ],
  ['a second container', (pod) => spec({ containers: [...pod.spec.containers, { name: 'a', image: 'a' }] })(pod), ONE],
  ['a container of another name', container({ name: 'other' }), ONE],
  ['a container that asks an endpoint', container({ name: 'echo-onprem-1', command: ['curl.exe'] }), ONE],
  ['a command', container({ command: ['cmd'] }), CONTAINER],
  ['arguments', container({ args: ['/c'] }), CONTAINER],
  ['environment', container({ env: [{ name: 'A', value: 'a' }] }), CONTAINER],
  [
    'a key of a secret',
    container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'a' } } }] }),
    CONTAINER,
  ],
  ['a whole secret', container({ envFrom: [{ secretRef: { name: 'a' } }] }), CONTAINER],
  ['a whole config map', container({ envFrom: [{ configMapRef: { name: 'a' } }] }), CONTAINER],
  ['a port of the node', container({ ports: [{ containerPort: 80, hostPort: 80 }] }), CONTAINER],
  ['a hook', container({ lifecycle: { preStop: { exec: { command: ['cmd'] } } } }), CONTAINER],
  ['a probe', container({ livenessProbe: { exec: { command: ['cmd'] } } }), CONTAINER],
  ['a terminal', container({ stdin: true, tty: true }), CONTAINER],
  ['a folder to work in', container({ workingDir: 'C:\\' }), CONTAINER],
  [
    'a container that is a process of the node',
    container({ securityContext: { windowsOptions: { runAsUserName: 'NT AUTHORITY\\SYSTEM' } } }),
    CONTAINER,
  ],
  ['a privileged container', (pod) => container({ securityContext: { privileged: true } })(spec(linux)(pod)), WINDOWS],
  ['another image', container({ image: 'registry.example.com/evil:1' }), IMAGE],
  ['an image that begins alike', container({ image: 'registry.example.com/pause:12' }), IMAGE],
  ['the digest of another image', container({ image: `registry.example.com/evil@sha256:${'0'.repeat(64)}` }), IMAGE],
  ['a whole node', container({ resources: { requests: { cpu: '2' }, limits: { cpu: '2' } } }), RESOURCES],
  ['much memory', container({ resources: { requests: { memory: '129Mi' } } }), RESOURCES],
  ['a device', container({ resources: { limits: { 'nvidia.com/gpu': '1' } } }), RESOURCES],
  ['the disk of the node', container({ resources: { requests: { 'ephemeral-storage': '1Ti' } } }), RESOURCES],
  ['the label of a Service', added('labels', { app: 'netchecker-agent' }), KEYS],
  ['the label of an identity', added('labels', { 'azure.workload.identity/use': 'true' }), KEYS],
  ['an annotation for networks', added('annotations', { 'k8s.v1.cni.cncf.io/networks': 'a' }), KEYS],
  ['no label', metadata({ labels: {} }), LABELS],
  ['a label with another value', added('labels', { 'app.kubernetes.io/component': 'worker' }), LABELS],
  ['the label of `vigilante verify`', added('labels', verifyingPodLabels(SNAT_PROFILE)), LABELS],
  ['a finalizer', metadata({ finalizers: ['example.com/keep'] }), METADATA],
  ['no owner', metadata({ ownerReferences: [] }), METADATA],
  ['an owner that is no node', metadata({ ownerReferences: [{ ...owner, kind: 'Pod' }] }), METADATA],
  ['two owners', metadata({ ownerReferences: [owner, { ...owner, uid: '0-1' }] }), METADATA],
  ['another name', metadata({ name: 'coredns' }), METADATA],
];
