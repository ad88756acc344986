/** Which store a configuration means, told by what each says when it cannot be reached. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

import { ConfigSchema } from '../../config/schema/config.ts';
import type { ClusterConnection } from '../../kubernetes/client/connection.ts';
import { createReportStore } from './open-store.ts';

function connection(namespace: string | null): ClusterConnection {
  return {
    namespace,
    serverNowMs: () => Date.now(),
    send: ({ path }) => Promise.reject(new Error(`asked ${path}`)),
    stream: ({ path }) => Promise.reject(new Error(`asked ${path}`)),
    problem: () => null,
    close: () => Promise.resolve(),
  };
}

const FOLDER = join(tmpdir(), 'vigilante-folder-that-is-not-there');

test.each([
  {
    what: 'the embedded store by default',
    store: { path: join(FOLDER, 'reports.db') },
    namespace: null,
    says: `${FOLDER}/reports.db: unable to open database file`,
  },
  { what: 'etcd', store: { kind: 'etcd' }, namespace: null, says: 'no endpoint of etcd is configured' },
  {
    what: 'etcd with certificates that are not there',
    store: { kind: 'etcd', etcd: { endpoints: ['https://127.0.0.1:1'], certificateFile: join(FOLDER, 'tls.crt') } },
    namespace: null,
    says: `no such file or directory, open '${FOLDER}/tls.crt'`,
  },
  {
    what: 'custom resources in their own namespace',
    store: { kind: 'custom-resources', namespace: 'named' },
    namespace: 'of-process',
    says: 'asked /apis/network-checker.ext/v1/namespaces/named/agents',
  },
  {
    what: 'custom resources in the namespace of the process',
    store: { kind: 'custom-resources' },
    namespace: 'of-process',
    says: 'asked /apis/network-checker.ext/v1/namespaces/of-process/agents',
  },
  {
    what: 'custom resources in the default namespace',
    store: { kind: 'custom-resources' },
    namespace: null,
    says: 'asked /apis/network-checker.ext/v1/namespaces/default/agents',
  },
])('makes $what', async ({ store, namespace, says }) => {
  const config = ConfigSchema.parse({ collector: { store } });
  const made = createReportStore(config, { connection: connection(namespace), onProblem: () => {} });
  await expect(made.open(() => true)).rejects.toThrow(says);
  await made.close();
});
