/** Makes a sandbox's folder with the files that its parts read at their start. */

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeServingCertificate } from './control-plane/certificate.ts';
import { type KubeconfigUser, writeKubeconfig } from './kubeconfig.ts';
import { fileOf, PORT_NAMES, SANDBOX_CLUSTER, type SandboxLayout, SandboxLayoutSchema } from './layout.ts';
import { AUDIT_POLICY, apiServerUrlAt, SHORT_AUDIT_POLICY } from './parts/apiserver.ts';
import { schedulerConfiguration } from './parts/controllers.ts';
import { kwokStages } from './parts/kwok-stages.ts';
import { type CONTROL_PLANE_COUNTS, fileAt, type Place, placesOf } from './parts/place.ts';
import { freePorts } from './ports.ts';
import { prepareEcho, writeEchoFiles } from './probing-pods/echo-files.ts';
import { withSourceEvidence } from './probing-pods/evidence-config.ts';
import { realNodes } from './real-nodes/addresses.ts';
import { kubeletUser } from './real-nodes/kubelet-users.ts';
import type { RealNodesOptions } from './real-nodes/real-nodes.ts';
import type { KubernetesVersion } from './tools/kubernetes-versions.ts';

/** Users of the parts; the groups give them the rights that they have in any cluster. */
const USERS: readonly ApiUser[] = [
  { user: 'admin', name: 'sandbox-admin', groups: ['system:masters'] },
  { user: 'kwok', name: 'sandbox-kwok', groups: ['system:masters'] },
  { user: 'controller-manager', name: 'system:kube-controller-manager', groups: [] },
  { user: 'scheduler', name: 'system:kube-scheduler', groups: [] },
];

const CONTROLLER_USERS = ['controller-manager', 'scheduler'];

/** Writes the status of the pods that dial. */
const PLAYER: ApiUser = { user: 'player', name: 'sandbox-player', groups: ['system:masters'] };

/** Writes the status of nodes that are acted upon. */
const MACHINES: ApiUser = { user: 'machines', name: 'sandbox-machines', groups: ['system:masters'] };

interface ApiUser extends Pick<KubeconfigUser, 'user' | 'cluster'> {
  /** As RBAC knows it. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** Keys of the configuration file, as a user writes them. */
export type VigilanteConfig = Readonly<Record<string, unknown>>;

export interface FolderOptions {
  /** Whether the audit log has what was sent and answered; default true. Without, the API server writes a fifth of it. */
  readonly auditBodies?: boolean;
  /** A real `vigilante echo`, and pods on simulated nodes that dial it; with real nodes another one for theirs. Default false. */
  readonly echo?: boolean;
  /** What counts as proof in the configuration of our processes. It needs the echo, and starts it. */
  readonly evidence?: 'source-address';
  /** What plays the machines that acts are for, and a sentinel file for each agent. Default false. */
  readonly machines?: boolean;
  /** The kubelet of each is a user of its own. */
  readonly realNodes?: RealNodesOptions;
  /** Nodes that run the control plane, each with a member of etcd: 1 or 3. Default: it runs beside all nodes. */
  readonly controlPlane?: (typeof CONTROL_PLANE_COUNTS)[number];
  /** What the control plane and the simulated nodes run at first. Default: the version that everything else runs. */
  readonly kubernetes?: KubernetesVersion;
  /** Default: sandbox. */
  readonly cluster?: string;
  /** Its Temporal serves this one, too, and its end is the end of both. */
  readonly joins?: SandboxLayout;
}

export async function createFolder(vigilante: VigilanteConfig, options: FolderOptions = {}): Promise<SandboxLayout> {
  const { auditBodies = true, echo = false, evidence, machines = false, realNodes: real } = options;
  const prepared = echo || evidence !== undefined ? await prepareEcho() : null;
  const users = [
    ...USERS,
    ...(prepared === null ? [] : [PLAYER]),
    ...(machines ? [MACHINES] : []),
    ...realNodes(real?.count ?? 0).map(kubeletUser),
  ];
  const tokens = users.map(() => randomBytes(24).toString('hex'));
  const layout = SandboxLayoutSchema.parse({
    ...(await identityOf(options)),
    adminToken: tokens[users.findIndex(({ user }) => user === 'admin')],
    echo: prepared?.layout ?? null,
    hasRealNodes: real !== undefined,
    hasMachines: machines,
    controlPlane: options.controlPlane,
    kubernetes: options.kubernetes,
  });
  await mkdir(join(layout.folder, 'logs'));
  await mkdir(join(layout.folder, 'certificates'));
  // The administrator's token is in it.
  await writeFile(fileOf(layout, 'layout.json'), JSON.stringify(layout), { mode: 0o600 });
  await writeTokens(layout, users, tokens);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(fileOf(layout, 'service-account.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), {
    mode: 0o600,
  });
  await writeFile(fileOf(layout, 'audit-policy.yaml'), stringify(auditBodies ? AUDIT_POLICY : SHORT_AUDIT_POLICY));
  await writePlaces(layout, users, tokens);
  await writeFile(
    fileOf(layout, 'kwok.yaml'),
    kwokStages()
      .map((stage) => stringify(stage))
      .join('---\n'),
  );
  if (prepared !== null) await writeEchoFiles(layout, prepared);
  const config = configOf(layout, vigilante, evidence);
  await writeFile(fileOf(layout, 'conf.yaml'), stringify({ cluster: layout.cluster, ...config }));
  return layout;
}

/** What the sandbox is called, where its files are, and its ports. */
async function identityOf({ cluster = SANDBOX_CLUSTER, joins }: FolderOptions): Promise<object> {
  const ports = await freePorts(PORT_NAMES.length);
  const own = Object.fromEntries(PORT_NAMES.map((name, index) => [name, ports[index]]));
  if (joins === undefined) {
    return { cluster, id: randomUUID(), folder: await mkdtemp(join(tmpdir(), 'vigilante-sandbox-')), ports: own };
  }
  const folder = fileOf(joins, `clusters/${cluster}`);
  await mkdir(folder, { recursive: true });
  const { temporal, temporalUi, temporalHttp, temporalMetrics } = joins.ports;
  const shared = { temporal, temporalUi, temporalHttp, temporalMetrics };
  return { cluster, id: joins.id, folder, ports: { ...own, ...shared }, hasTemporal: false };
}

/** What the control plane reads at each of its places; its nodes also have one certificate in common. */
async function writePlaces(layout: SandboxLayout, users: readonly ApiUser[], tokens: readonly string[]): Promise<void> {
  if (layout.controlPlane > 0) await makeServingCertificate(layout);
  for (const place of placesOf(layout)) {
    if (place.folder !== '') await writeControllerAccess({ layout, place, users, tokens });
    await writeFile(fileAt(layout, place, 'scheduler.yaml'), stringify(schedulerConfiguration(layout, place)));
  }
}

interface ControllerAccess {
  readonly layout: SandboxLayout;
  readonly place: Place;
  readonly users: readonly ApiUser[];
  readonly tokens: readonly string[];
}

/** Controllers of a node ask its own API server, as kubeadm has it. */
async function writeControllerAccess({ layout, place, users, tokens }: ControllerAccess): Promise<void> {
  await mkdir(fileOf(layout, `control-plane/${place.name}`), { recursive: true });
  for (const [index, { user }] of users.entries()) {
    if (!CONTROLLER_USERS.includes(user)) continue;
    const server = apiServerUrlAt(layout, place);
    const cluster = { server, 'certificate-authority': fileOf(layout, 'certificates/apiserver.crt') };
    const path = fileAt(layout, place, `kubeconfig-${user}`);
    await writeKubeconfig(layout, { user, token: tokens[index] ?? '', cluster, path });
  }
}

/** The keys as given, with those of the evidence where it was chosen. */
export function configOf(
  { echo, hasRealNodes }: SandboxLayout,
  vigilante: VigilanteConfig,
  evidence: FolderOptions['evidence'],
): VigilanteConfig {
  return echo === null || evidence === undefined ? vigilante : withSourceEvidence(vigilante, { echo, hasRealNodes });
}

async function writeTokens(layout: SandboxLayout, users: readonly ApiUser[], tokens: readonly string[]): Promise<void> {
  const lines = users.map(({ name, groups }, index) => `${tokens[index]},${name},${name},"${groups.join(',')}"\n`);
  await writeFile(fileOf(layout, 'tokens.csv'), lines.join(''), { mode: 0o600 });
  for (const [index, { user, cluster }] of users.entries()) {
    const token = tokens[index] ?? '';
    await writeKubeconfig(layout, cluster === undefined ? { user, token } : { user, token, cluster });
  }
}
