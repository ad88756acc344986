/** Ten thousand agents for the collector's benchmarks: their pods, and the report that they send. */

import type { ApiClient } from '../sandbox/api-client.ts';
import { waitUntil } from '../sandbox/wait-until.ts';

export const AGENTS = 10_000;
export const NODES = 100;
export const NAMESPACE = 'agents';
const CREATES_AT_ONCE = 32;
const ZEROS = 1_500;
const PODS_KNOWN_TIMEOUT_MS = 120_000;

/** The recorded body of the original agent with its zero extender of 1,500 bytes; `AGENT` and `NODE` stand for the names. */
export const BODY = JSON.stringify({
  report_interval: 60,
  nodename: 'NODE',
  podname: 'AGENT',
  hostdate: '2026-11-22T07:02:38.480658098Z',
  uptime: 2560,
  nslookup: { 'netchecker-service': ['10.0.0.40'] },
  ips: { eth0: ['192.0.2.2/24', 'fd00::2/64', 'fe80::fc:ff:fe00:1/64'], lo: ['127.0.0.1/8', '::1/128'] },
  network_probes: ['http://10.0.0.41/metrics', 'http://netchecker-service:8081/api/v1/ping'].map((URL) => ({
    URL,
    ConnectionResult: 1,
    HTTPCode: 200,
    Total: 0x8637bd05af6,
    ContentTransfer: 0x8637bd05af6,
    TCPConnection: 0,
    DNSLookup: 0,
    Connect: 0,
    ServerProcessing: 4,
  })),
  zero_extender: Array.from({ length: ZEROS }, () => 0),
});

export async function createAgents(admin: ApiClient, agents: number = AGENTS): Promise<void> {
  await admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  await admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
  const conditions = [{ type: 'Ready', status: 'True' }];
  for (let index = 0; index < NODES; index++) {
    await admin.demand('POST', '/api/v1/nodes', {
      body: { metadata: { name: `node-${index}` }, status: { conditions } },
    });
  }
  let next = 0;
  const createSome = async () => {
    while (next < agents) {
      const index = next++;
      const metadata = { name: `agent-${index}`, labels: { app: 'netchecker-agent' } };
      const spec = { nodeName: `node-${index % NODES}`, containers: [{ name: 'agent', image: 'x' }] };
      await admin.demand('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, { body: { metadata, spec } });
    }
  };
  process.stderr.write(`making ${agents} pods…\n`);
  await Promise.all(Array.from({ length: CREATES_AT_ONCE }, createSome));
  const all = async () => {
    const { body } = await admin.demand('GET', `/api/v1/namespaces/${NAMESPACE}/pods?limit=1`);
    return agents === 1 || JSON.stringify(body).includes(`"remainingItemCount":${agents - 1}`);
  };
  await waitUntil(all, { what: `${agents} pods`, timeoutMs: PODS_KNOWN_TIMEOUT_MS });
}
