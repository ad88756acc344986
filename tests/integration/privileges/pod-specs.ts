/** Pods as people write them, what is declared of all of them alike, and the judgement by hand. */

import type { Judgement } from '../../../domain/privileges/judgement.ts';

export interface PodCase {
  readonly name: string;
  /** Of the pod, beside its container. */
  readonly pod?: object;
  readonly container?: object;
  /** As the kubelet reports the user of the first process. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Keys of the row beside the container's name; default `NOBODY`. */
  readonly row?: string;
  readonly judgement: Judgement;
}

const NOBODY = 'user: "65534:65534"';
const RUNS = { runAsUser: 65_534, runAsGroup: 65_534 };
const ROOT = { runAsUser: 0, runAsGroup: 0 };
const DROP = { capabilities: { drop: ['ALL'] } };
const own = (context: object) => ({ securityContext: context });
const ofNode = (path: string) => ({
  pod: { securityContext: RUNS, volumes: [{ name: 'v', hostPath: { path } }] },
  container: { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
});

export const POD_CASES: readonly PodCase[] = [
  { name: 'user-of-the-container', container: own(RUNS), judgement: 'as-declared' },
  { name: 'user-of-the-pod', pod: own(RUNS), judgement: 'as-declared' },
  { name: 'container-over-pod', pod: own(ROOT), container: own(RUNS), judgement: 'as-declared' },
  {
    name: 'group-of-the-pod',
    pod: own({ runAsGroup: 65_534 }),
    container: own({ runAsUser: 65_534 }),
    judgement: 'as-declared',
  },
  { name: 'nothing-said', judgement: 'unknown' },
  { name: 'non-root-alone', pod: own({ runAsNonRoot: true }), judgement: 'unknown' },
  { name: 'user-alone', container: own({ runAsUser: 65_534 }), judgement: 'unknown' },
  { name: 'group-alone', container: own({ runAsGroup: 65_534 }), judgement: 'unknown' },
  { name: 'image-of-nobody', user: { uid: 65_534, gid: 65_534 }, judgement: 'as-declared' },
  { name: 'image-of-root', user: { uid: 0, gid: 0 }, judgement: 'more' },
  { name: 'image-of-another', user: { uid: 1_000, gid: 1_000 }, judgement: 'more' },
  { name: 'status-over-spec', container: own(RUNS), user: { uid: 0, gid: 0 }, judgement: 'more' },
  { name: 'root', container: own(ROOT), judgement: 'more' },
  { name: 'root-of-the-pod', pod: own(ROOT), judgement: 'more' },
  { name: 'group-of-root', container: own({ ...RUNS, runAsGroup: 0 }), judgement: 'more' },
  { name: 'another-user', container: own({ ...RUNS, runAsUser: 1_000 }), judgement: 'more' },
  { name: 'all-dropped', container: own({ ...RUNS, ...DROP }), judgement: 'as-declared' },
  { name: 'one-added', container: own({ ...RUNS, capabilities: { add: ['NET_ADMIN'] } }), judgement: 'more' },
  {
    name: 'one-added-by-its-long-name',
    container: own({ ...RUNS, capabilities: { add: ['CAP_SYS_TIME'] } }),
    judgement: 'more',
  },
  { name: 'all-added', container: own({ ...RUNS, capabilities: { add: ['ALL'] } }), judgement: 'more' },
  {
    name: 'dropped-and-added',
    container: own({ ...RUNS, capabilities: { drop: ['ALL'], add: ['NET_RAW'] } }),
    judgement: 'more',
  },
  { name: 'privileged', container: own({ ...RUNS, privileged: true }), judgement: 'more' },
  { name: 'host-network', pod: { ...own(RUNS), hostNetwork: true }, judgement: 'more' },
  { name: 'host-pid', pod: { ...own(RUNS), hostPID: true }, judgement: 'more' },
  { name: 'host-ipc', pod: { ...own(RUNS), hostIPC: true }, judgement: 'more' },
  { name: 'root-of-the-node', ...ofNode('/'), judgement: 'more' },
  { name: 'root-of-the-node-otherwise', ...ofNode('//.'), judgement: 'more' },
  { name: 'a-folder-of-the-node', ...ofNode('/var/log'), judgement: 'as-declared' },
  {
    name: 'root-not-mounted',
    pod: { ...own(RUNS), volumes: [{ name: 'v', hostPath: { path: '/' } }] },
    judgement: 'as-declared',
  },
  {
    name: 'declared-root',
    container: own({ ...ROOT, capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
    row: 'user: "0:0", capabilities: [NET_ADMIN], reason: r',
    judgement: 'as-declared',
  },
  {
    name: 'declared-root-with-the-default-set',
    container: own({ ...ROOT, capabilities: { add: ['NET_ADMIN'] } }),
    row: 'user: "0:0", capabilities: [NET_ADMIN], reason: r',
    judgement: 'more',
  },
  { name: 'declared-root-runs-nobody', container: own(RUNS), row: 'user: "0:0", reason: r', judgement: 'less' },
  {
    name: 'declared-capability-in-the-bound',
    container: own(RUNS),
    row: `${NOBODY}, fileCapabilities: [NET_RAW], reason: r`,
    judgement: 'as-declared',
  },
  {
    name: 'declared-capability-dropped',
    container: own({ ...RUNS, ...DROP }),
    row: `${NOBODY}, fileCapabilities: [NET_RAW], reason: r`,
    judgement: 'less',
  },
  {
    name: 'declared-privileged',
    pod: { hostPID: true },
    container: own({ ...ROOT, privileged: true }),
    row: 'user: "0:0", privileged: true, reason: r',
    judgement: 'as-declared',
  },
  {
    name: 'declared-privileged-is-not',
    container: own({ ...ROOT, ...DROP }),
    row: 'user: "0:0", privileged: true, reason: r',
    judgement: 'less',
  },
  {
    name: 'declared-host-network',
    pod: { ...own(RUNS), hostNetwork: true },
    row: `${NOBODY}, hostNamespaces: [network], reason: r`,
    judgement: 'as-declared',
  },
  {
    name: 'declared-root-of-the-node',
    ...ofNode('/'),
    row: `${NOBODY}, hostRoot: true, reason: r`,
    judgement: 'as-declared',
  },
  {
    name: 'windows-as-declared',
    pod: { os: { name: 'windows' }, ...own({ windowsOptions: { runAsUserName: 'ContainerUser' } }) },
    row: 'windowsUser: ContainerUser',
    judgement: 'as-declared',
  },
  {
    name: 'windows-host-process',
    pod: {
      os: { name: 'windows' },
      hostNetwork: true,
      ...own({ windowsOptions: { hostProcess: true, runAsUserName: 'SYSTEM' } }),
    },
    row: 'windowsUser: SYSTEM',
    judgement: 'more',
  },
];

/** A file that declares each container of the cases, which is named after its case. */
export function declaredFile(): string {
  const rows = POD_CASES.map(({ name, row = NOBODY }) => `    - { container: ${name}, ${row} }`);
  return `groups:\n  cases:\n${rows.join('\n')}\n`;
}
