/** The process that plays the DaemonSet and the kubelets for the agents of a sandbox; ends with the sandbox. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { OS_LABEL, WINDOWS_OS } from '../../contracts/names.ts';
import { adminAccess } from '../admin-access.ts';
import { createApiClient } from '../api-client.ts';
import { RELEASE_NAMESPACE } from '../layout.ts';
import { AGENT_ANNOTATION, SILENT } from '../machines/machine-behaviour.ts';
import { mirror, SIMULATED_NODES } from '../mirror.ts';
import { agentsToRun, type NodeFacts, nodesWithoutPod, type PodFacts } from './agent-plan.ts';
import { AGENT_LABEL, agentPod } from './agent-pod.ts';
import { createAgentProcesses } from './agent-processes.ts';
import { AgentSettingsSchema } from './agent-settings.ts';

const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
/** A pod that could not be made, say while the API server was away, is tried again at this pace. */
const RETRY_EVERY_MS = 2_000;

const ConditionSchema = z.object({ type: z.string(), status: z.string() });
const NodeSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  status: z.object({ conditions: z.array(ConditionSchema).default([]) }).default({ conditions: [] }),
});
const PodSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({ phase: z.string().optional() }),
});

const [settingsFile] = process.argv.slice(2);
if (settingsFile === undefined) throw new Error('usage: supervisor-main.ts SETTINGS_FILE');
const settings = AgentSettingsSchema.parse(JSON.parse(await readFile(settingsFile, 'utf8')));
const api = createApiClient(await adminAccess(settings.layout));
const processes = createAgentProcesses(api, settings);

/** Null until it was listed: half of the facts would kill every agent. */
const seen: { nodes: readonly NodeFacts[] | null; pods: readonly PodFacts[] | null } = { nodes: null, pods: null };
const making = { now: false, again: false };

function decide(): void {
  const { nodes, pods } = seen;
  if (nodes === null || pods === null) return;
  processes.want(agentsToRun({ nodes, pods }));
  void makePods();
}

async function makePods(): Promise<void> {
  making.again = true;
  if (making.now) return;
  making.now = true;
  try {
    while (making.again) {
      making.again = false;
      for (const node of missing()) {
        // 409: the pod of a node that had the same name is about to go, or the watch has not reported this one yet.
        await api.demand('POST', PODS, { body: agentPod(node), alsoFine: [409] });
      }
    }
  } catch (error) {
    report(error);
  } finally {
    making.now = false;
  }
}

function missing(): readonly NodeFacts[] {
  const { nodes, pods } = seen;
  return nodes === null || pods === null ? [] : nodesWithoutPod({ nodes, pods }, settings.countMax);
}

function parseNode(object: unknown): NodeFacts {
  const { metadata, status } = NodeSchema.parse(object);
  return {
    name: metadata.name,
    uid: metadata.uid,
    os: metadata.labels[OS_LABEL] === WINDOWS_OS ? 'windows' : 'linux',
    ready: status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    createdMs: Date.parse(metadata.creationTimestamp),
    silent: metadata.annotations[AGENT_ANNOTATION] === SILENT,
  };
}

function parsePod(object: unknown): PodFacts {
  const { metadata, spec, status } = PodSchema.parse(object);
  return {
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? null,
    running: status.phase === 'Running' && metadata.deletionTimestamp === undefined,
  };
}

function report(error: unknown): void {
  console.error(String(error));
}

setInterval(() => void makePods(), RETRY_EVERY_MS);
await Promise.all([
  mirror(api, {
    ...SIMULATED_NODES,
    parse: parseNode,
    onChange: (items) => {
      seen.nodes = items;
      decide();
    },
    onProblem: report,
  }),
  mirror(api, {
    path: PODS,
    query: `labelSelector=${encodeURIComponent(`app=${AGENT_LABEL.app}`)}`,
    parse: parsePod,
    onChange: (items) => {
      seen.pods = items;
      decide();
    },
    onProblem: report,
  }),
]);
