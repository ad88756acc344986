/** Makes a sandbox's folder with the files that its parts read at their start. */

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type KubeconfigUser, writeKubeconfig } from './kubeconfig.ts';
import { fileOf, PORT_NAMES, SANDBOX_CLUSTER, type SandboxLayout, SandboxLayoutSchema } from './layout.ts';
import { AUDIT_POLICY, SHORT_AUDIT_POLICY } from './parts/apiserver.ts';
import { schedulerConfiguration } from './parts/controllers.ts';
import { kwokStages } from './parts/kwok.ts';
import { freePorts } from './ports.ts';
import { prepareEcho, writeEchoFiles } from './probing-pods/echo-files.ts';
import { withSourceEvidence } from './probing-pods/evidence-config.ts';
import { realNodes } from './real-nodes/addresses.ts';
import { kubeletUser } from './real-nodes/kubelet-users.ts';
import type { RealNodesOptions } from './real-nodes/real-nodes.ts';

/** Users of the parts; the groups give them the rights that they have in any cluster. */
const USERS: readonly ApiUser[] = [
  { user: 'admin', name: 'sandbox-admin', groups: ['system:masters'] },
  { user: 'kwok', name: 'sandbox-kwok', groups: ['system:masters'] },
  { user: 'controller-manager', name: 'system:kube-controller-manager', groups: [] },
  { user: 'scheduler', name: 'system:kube-scheduler', groups: [] },
];

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
}

export async function createFolder(
  vigilante: VigilanteConfig,
  { auditBodies = true, echo = false, evidence, machines = false, realNodes: real }: FolderOptions = {},
): Promise<SandboxLayout> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-sandbox-'));
  const ports = await freePorts(PORT_NAMES.length);
  const prepared = echo || evidence !== undefined ? await prepareEcho() : null;
  const users = [
    ...USERS,
    ...(prepared === null ? [] : [PLAYER]),
    ...(machines ? [MACHINES] : []),
    ...realNodes(real?.count ?? 0).map(kubeletUser),
  ];
  const tokens = users.map(() => randomBytes(24).toString('hex'));
  const layout = SandboxLayoutSchema.parse({
    id: randomUUID(),
    folder,
    ports: Object.fromEntries(PORT_NAMES.map((name, index) => [name, ports[index]])),
    adminToken: tokens[users.findIndex(({ user }) => user === 'admin')],
    echo: prepared?.layout ?? null,
    hasRealNodes: real !== undefined,
    hasMachines: machines,
  });
  await mkdir(join(folder, 'logs'));
  await mkdir(join(folder, 'certificates'));
  // The administrator's token is in it.
  if (machines) await writeFile(fileOf(layout, 'layout.json'), JSON.stringify(layout), { mode: 0o600 });
  await writeTokens(layout, users, tokens);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(fileOf(layout, 'service-account.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), {
    mode: 0o600,
  });
  await writeFile(fileOf(layout, 'audit-policy.yaml'), stringify(auditBodies ? AUDIT_POLICY : SHORT_AUDIT_POLICY));
  await writeFile(fileOf(layout, 'scheduler.yaml'), stringify(schedulerConfiguration(layout)));
  await writeFile(
    fileOf(layout, 'kwok.yaml'),
    kwokStages()
      .map((stage) => stringify(stage))
      .join('---\n'),
  );
  if (prepared !== null) await writeEchoFiles(layout, prepared);
  const config = configOf(layout, vigilante, evidence);
  await writeFile(fileOf(layout, 'conf.yaml'), stringify({ cluster: SANDBOX_CLUSTER, ...config }));
  return layout;
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
