/** The agents of a sandbox: a pod and a real `vigilante agent` for each node, as long as that node lives. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { agentPodName } from '../../sandbox/agents/agent-pod.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import type { AddNodeOptions, SandboxNode } from '../../sandbox/nodes.ts';
import { LOOPBACK } from '../../sandbox/ports.ts';
import { processesOf } from '../../sandbox/reap.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

const WAIT_MS = 120_000;
const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const AUDIENCE = 'agents-of-the-test';

interface Received {
  readonly path: string;
  readonly node: string;
  readonly token: string;
}

const ReportSchema = z.object({ podname: z.string(), nodename: z.string(), report_interval: z.number() });

let sandbox: Sandbox;
let collector: Server;
const received: Received[] = [];

/** Stands where the collector would: what arrives there is what the agents sent. */
async function record(request: IncomingMessage): Promise<void> {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) body += String(chunk);
  if (request.method !== 'POST') return;
  const { nodename, report_interval } = ReportSchema.parse(JSON.parse(body));
  expect(report_interval).toBe(1);
  received.push({ path: request.url ?? '', node: nodename, token: request.headers.authorization ?? '' });
}

// Each test runs alone, and in any order but for the last one, which ends the sandbox: of three places for agents
// `win-1` and `linux-1` have two, and a test that takes the third gives it back.
beforeAll(async () => {
  sandbox = await startSandbox({
    report: () => {},
    vigilante: { collector: { authentication: { kind: 'token-review', audience: AUDIENCE } } },
  });
  collector = createServer((request, response) => {
    void record(request).then(() => response.end());
  });
  collector.listen(sandbox.layout.ports.collector, LOOPBACK);
  await once(collector, 'listening');
  await sandbox.startAgents({ count: 3, reportIntervalSeconds: 1 });
  await sandbox.addNode('win-1');
  await sandbox.addNode('linux-1', { os: 'linux' });
  await Promise.all(['win-1', 'linux-1'].map(nextReportOf));
});

afterAll(async () => {
  await sandbox?.stop();
  collector?.closeAllConnections();
  collector?.close();
});

/** A report that arrives from now on. */
async function nextReportOf(node: string): Promise<Received> {
  const from = received.length;
  return waitUntil(() => received.slice(from).find((report) => report.node === node) ?? null, {
    what: `a report from ${node}`,
    timeoutMs: WAIT_MS,
    explain: async () => `${JSON.stringify(received.slice(-5))}\n${await readFile(logOfSupervisor(), 'utf8')}`,
  });
}

function logOfSupervisor(): string {
  return `${sandbox.layout.folder}/logs/agents.log`;
}

async function agentPidsOf(node: string): Promise<number[]> {
  const pids = await sandbox.processes();
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => texts[index]?.split('\0').includes(`MY_NODE_NAME=${node}`));
}

async function untilSilent(node: string): Promise<void> {
  await waitUntil(async () => (await agentPidsOf(node)).length === 0, {
    what: `no agent on ${node}`,
    timeoutMs: WAIT_MS,
  });
}

async function hasPod(node: string): Promise<boolean> {
  return (await sandbox.api.call('GET', `${PODS}/${agentPodName(node)}`)).status === 200;
}

/** Runs `body` while the nodes are there. */
async function withNodes(
  nodes: Readonly<Record<string, AddNodeOptions>>,
  body: (added: readonly SandboxNode[]) => Promise<void>,
): Promise<void> {
  const added: SandboxNode[] = [];
  try {
    for (const [name, options] of Object.entries(nodes)) added.push(await sandbox.addNode(name, options));
    await body(added);
  } finally {
    for (const { name } of added) {
      if ((await sandbox.getNode(name)) !== null) await sandbox.deleteNode(name);
    }
  }
}

async function untilPodOf(node: string): Promise<unknown> {
  return waitUntil(
    async () => {
      const answer = await sandbox.api.call('GET', `${PODS}/${agentPodName(node)}`);
      return answer.status === 200 && answer.body;
    },
    { what: `the pod of the agent on ${node}`, timeoutMs: WAIT_MS },
  );
}

test('nodes of both systems get a pod, and an agent reports for it', async () => {
  for (const node of ['win-1', 'linux-1']) {
    expect((await nextReportOf(node)).path).toBe(`/api/v1/agents/netchecker-agent-${node}`);
  }
});

test('a node that is not Ready gets a pod, but no agent', async () => {
  await withNodes({ unready: { ready: false } }, async ([node]) => {
    expect(await untilPodOf('unready')).toMatchObject({
      metadata: {
        labels: { app: 'netchecker-agent' },
        ownerReferences: [{ kind: 'Node', name: 'unready', uid: node?.uid, controller: true }],
      },
    });
    expect(await agentPidsOf('unready')).toEqual([]);
  });
});

test('the token that comes with a report says which pod on which node sent it', async () => {
  const { token } = await nextReportOf('win-1');
  const answer = await sandbox.api.demand('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    body: { spec: { token: token.replace('Bearer ', ''), audiences: [AUDIENCE] } },
  });
  expect(answer.body).toMatchObject({
    status: {
      authenticated: true,
      audiences: [AUDIENCE],
      user: {
        extra: {
          'authentication.kubernetes.io/pod-name': [agentPodName('win-1')],
          'authentication.kubernetes.io/node-name': ['win-1'],
        },
      },
    },
  });
});

test('there are as many agents as asked for, and a place that becomes free goes to the next node', async () => {
  await withNodes({ unready: { ready: false } }, async () => {
    await untilPodOf('unready');
    await withNodes({ next: {} }, async () => {
      // By the time that a killed agent is back, the new node was seen and would have its pod.
      const [pid = 0] = await agentPidsOf('win-1');
      process.kill(pid, 'SIGKILL');
      await waitUntil(async () => (await agentPidsOf('win-1')).some((other) => other !== pid), {
        what: 'the agent to come back',
        timeoutMs: WAIT_MS,
      });
      expect(await hasPod('next')).toBe(false);
      await sandbox.deleteNode('unready');
      await nextReportOf('next');
    });
  });
});

test('a node that is not Ready is silent until it is Ready again', async () => {
  await sandbox.setNodeReady('win-1', false);
  await untilSilent('win-1');
  expect(await hasPod('win-1')).toBe(true);
  await sandbox.setNodeReady('win-1', true);
  await nextReportOf('win-1');
});

test('the agent of a deleted node goes, and a new node of that name gets its own', async () => {
  const podOf = async () => JSON.stringify((await sandbox.api.call('GET', `${PODS}/${agentPodName('replaced')}`)).body);
  let before = '';
  await withNodes({ replaced: {} }, async () => {
    await nextReportOf('replaced');
    before = await podOf();
  });
  await untilSilent('replaced');
  await withNodes({ replaced: {} }, async () => {
    await nextReportOf('replaced');
    expect(await podOf()).not.toBe(before);
  });
});

test('the agents follow changes of the nodes again after the API server was away', async () => {
  await sandbox.killPart('apiserver');
  await nextReportOf('win-1');
  await sandbox.startPart('apiserver');
  await sandbox.setNodeReady('linux-1', false);
  await untilSilent('linux-1');
  await sandbox.setNodeReady('linux-1', true);
  await nextReportOf('linux-1');
});

test('no agent outlives the sandbox', async () => {
  const { id } = sandbox.layout;
  expect(await agentPidsOf('win-1')).not.toEqual([]);
  await sandbox.stop();
  expect(await processesOf(id)).toEqual([]);
});
