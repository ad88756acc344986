/** The cluster that the containers talk to: a sandbox, reachable from them. */

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { fileOf } from '../../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { MissingPrerequisite } from '../../sandbox/tools/missing-prerequisite.ts';
import { ROOT } from '../chart/compose-file.ts';
import { type ClusterNetwork, createClusterNetwork } from './docker.ts';
import { openRelay } from './relay.ts';

export interface Cluster {
  readonly sandbox: Sandbox;
  readonly network: ClusterNetwork;
  /** For the containers, whatever their user. */
  readonly kubeconfig: string;
  /** The repository's configuration, with heals that take seconds. */
  readonly configuration: string;
  stop(): Promise<void>;
}

/** A name in the certificate that the API server makes for itself. */
const API_SERVER_NAME = 'kubernetes';
/** The folder of the sandbox is its owner's alone. */
const READABLE = 0o644;

const ConfigurationSchema = z.looseObject({ connectivity: z.looseObject({}) });
const KubeconfigSchema = z.looseObject({
  clusters: z.tuple([z.looseObject({ cluster: z.looseObject({ 'certificate-authority': z.string() }) })]),
});

/** `name` is that of the Docker network. */
export async function startCluster(name: string): Promise<Cluster> {
  const sandbox = await startSandbox();
  const { layout } = sandbox;
  const network = await createClusterNetwork(name);
  const relay = await openRelay({ host: network.gateway, port: layout.ports.apiserver }).catch(async (error) => {
    await network.remove();
    await sandbox.stop();
    throw new MissingPrerequisite(
      `the engine's network ${network.gateway} is not of this machine (${String(error)}): run this where the engine runs`,
    );
  });
  const kubeconfig = join(layout.folder, 'kubeconfig-containers');
  const admin = await readFile(fileOf(layout, 'kubeconfig-admin'), 'utf8');
  await writeReadable(kubeconfig, await kubeconfigFor(admin, `https://${relay.address}`));
  const configuration = join(layout.folder, 'conf-containers.yaml');
  await writeReadable(configuration, quickConfiguration(await readFile(`${ROOT}deploy/conf.yaml`, 'utf8')));
  return {
    sandbox,
    network,
    kubeconfig,
    configuration,
    async stop() {
      await relay.close();
      await network.remove();
      await sandbox.stop();
    },
  };
}

/** The certificate in the file instead of its path, and the address that containers reach. */
async function kubeconfigFor(text: string, server: string): Promise<string> {
  const kubeconfig = KubeconfigSchema.parse(parse(text));
  const [entry] = kubeconfig.clusters;
  const authority = await readFile(entry.cluster['certificate-authority'], 'base64');
  const cluster = { server, 'certificate-authority-data': authority, 'tls-server-name': API_SERVER_NAME };
  return stringify({ ...kubeconfig, clusters: [{ ...entry, cluster }] });
}

function quickConfiguration(text: string): string {
  const { connectivity, ...rest } = ConfigurationSchema.parse(parse(text));
  return stringify({
    ...rest,
    healing: { window: '20s', interval: '2s' },
    collector: { nodeGrace: '30s' },
    connectivity: { ...connectivity, interval: '5s' },
  });
}

/** Two steps: the umask takes bits from the mode of a new file. */
async function writeReadable(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  await chmod(path, READABLE);
}
