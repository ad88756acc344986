/** The three stores on their real parts, as the conformance suite needs them. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCustomResourceStore } from '../../../collector/stores/custom-resource-store.ts';
import { createEmbeddedStore } from '../../../collector/stores/embedded-store.ts';
import { createEtcdStore } from '../../../collector/stores/etcd-store.ts';
import type { ReportStore } from '../../../collector/stores/report-store.ts';
import { connectCluster } from '../../../kubernetes/client/connection.ts';
import { startApiServer } from '../kubernetes/api-server.ts';
import { applyAgentDefinition } from './agent-definition.ts';
import { makeCertificates, type TestCertificates } from './certificates.ts';
import { type RemoteStore, startRemoteStore } from './embedded-remote.ts';
import { startEtcd } from './etcd-server.ts';

export interface StoreRig {
  /** A place that nothing was written to, for the stores that are created from now on. */
  freshPlace(): Promise<void>;
  create(onProblem?: (message: string) => void): ReportStore;
  /** A store that `crash` and `beginOutage` reach. */
  createExposed(): ReportStore;
  /** Kills with -9 what keeps the records in memory: the store's own process, or the server. */
  crash(): Promise<void>;
  /** Undoes a crash, as far as it was of a server. */
  recover(): Promise<void>;
  /** From now on nothing can be written. */
  beginOutage(): Promise<void>;
  endOutage(): Promise<void>;
  stop(): Promise<void>;
}

const TIMEOUT_MS = 2_000;
const TTL_MS = 3_600_000;
/** No file may have a second byte. */
const FILE_BYTES_MAX = 1;

export async function embeddedRig(): Promise<StoreRig> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-embedded-'));
  let place = 0;
  let exposed: RemoteStore | null = null;
  const path = () => join(folder, `reports-${place}.db`);
  return {
    async freshPlace() {
      place += 1;
    },
    create: (onProblem = () => {}) => createEmbeddedStore({ path: path(), onProblem }),
    createExposed() {
      exposed = startRemoteStore(path());
      return exposed;
    },
    crash: async () => exposed?.kill(),
    recover: async () => {},
    beginOutage: async () => exposed?.limitFiles(FILE_BYTES_MAX),
    endOutage: async () => exposed?.limitFiles('unlimited'),
    async stop() {
      await exposed?.kill();
      await rm(folder, { recursive: true });
    },
  };
}

export async function etcdRig(certificates?: TestCertificates): Promise<StoreRig> {
  const server = await startEtcd(certificates);
  let place = 0;
  const files = {
    caFile: certificates?.caFile ?? null,
    certificateFile: certificates?.client.certificateFile ?? null,
    keyFile: certificates?.client.keyFile ?? null,
  };
  const create = (onProblem: (message: string) => void = () => {}) => {
    const limits = { timeoutMs: TIMEOUT_MS, recordTtlMs: TTL_MS };
    return createEtcdStore({ endpoints: [server.url], tree: `/netchecker/${place}`, ...files, ...limits, onProblem });
  };
  return {
    async freshPlace() {
      place += 1;
    },
    create,
    createExposed: create,
    crash: () => server.kill(),
    recover: () => server.restart(),
    beginOutage: () => server.kill(),
    endOutage: () => server.restart(),
    stop: () => server.stop(),
  };
}

export async function etcdWithTlsRig(): Promise<StoreRig> {
  const certificates = await makeCertificates();
  const rig = await etcdRig(certificates);
  return {
    ...rig,
    async stop() {
      await rig.stop();
      await certificates.remove();
    },
  };
}

export async function customResourceRig(): Promise<StoreRig> {
  const server = await startApiServer();
  await applyAgentDefinition(server.admin);
  const connection = connectCluster({ kubeconfig: server.kubeconfig('admin') });
  let place = 0;
  const namespace = () => `place-${place}`;
  const create = (onProblem: (message: string) => void = () => {}) =>
    createCustomResourceStore({ connection, namespace: namespace(), onProblem });
  return {
    async freshPlace() {
      place += 1;
      await server.admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace() } } });
    },
    create,
    createExposed: create,
    crash: () => server.kill(),
    recover: () => server.restart(),
    beginOutage: () => server.kill(),
    endOutage: () => server.restart(),
    async stop() {
      await connection.close();
      await server.stop();
    },
  };
}
