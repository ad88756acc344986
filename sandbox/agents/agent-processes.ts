/** The processes `vigilante agent`: started and killed as wanted, brought back when they end by themselves. */

import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { requestToken, type ServiceAccountToken } from '../accounts.ts';
import type { ApiClient } from '../api-client.ts';
import { type SandboxProcess, startProcess } from '../child-process.ts';
import { collectorAddress, fileOf, logOf } from '../layout.ts';
import { prepareSentinel, sentinelOf } from '../machines/sentinel.ts';
import type { Agent } from './agent-plan.ts';
import { AGENT_ACCOUNT } from './agent-pod.ts';
import type { AgentSettings } from './agent-settings.ts';

export interface AgentProcesses {
  /** From now on these agents run and no others. */
  want(agents: readonly Agent[]): void;
}

const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));

/** An agent that ends by itself comes back after this long, doubled each time, as a kubelet does it. */
const RESTART_AFTER_MS = 1_000;
const RESTART_AFTER_MAX_MS = 60_000;
/** One that ran for this long starts from the beginning. */
const STEADY_MS = 60_000;

interface Life {
  wanted: boolean;
  process: SandboxProcess | null;
}

export function createAgentProcesses(api: ApiClient, settings: AgentSettings): AgentProcesses {
  const lives = new Map<string, Life>();

  async function live(agent: Agent, life: Life): Promise<void> {
    let restartAfterMs = RESTART_AFTER_MS;
    while (life.wanted) {
      const startedMs = Date.now();
      try {
        life.process = await startAgent(api, settings, agent);
        // It may have become unwanted while it was started.
        if (!life.wanted) await life.process.kill('SIGKILL');
        await life.process.exited;
      } catch (error) {
        console.error(`${agent.podName}: ${String(error)}`);
      }
      if (Date.now() - startedMs >= STEADY_MS) restartAfterMs = RESTART_AFTER_MS;
      if (life.wanted) await sleep(restartAfterMs);
      restartAfterMs = Math.min(restartAfterMs * 2, RESTART_AFTER_MAX_MS);
    }
  }

  return {
    want(agents) {
      const uids = new Set(agents.map(({ podUid }) => podUid));
      for (const [uid, life] of lives) {
        if (uids.has(uid)) continue;
        lives.delete(uid);
        life.wanted = false;
        // Without farewell: a dead node sends none.
        void life.process?.kill('SIGKILL');
      }
      for (const agent of agents.filter(({ podUid }) => !lives.has(podUid))) {
        const life: Life = { wanted: true, process: null };
        lives.set(agent.podUid, life);
        void live(agent, life);
      }
    },
  };
}

async function startAgent(api: ApiClient, settings: AgentSettings, agent: Agent): Promise<SandboxProcess> {
  const { layout, reportIntervalSeconds, audience } = settings;
  const tokenFile = fileOf(layout, `token-${agent.podName}`);
  if (audience !== null) await writeFile(tokenFile, await requestToken(api, tokenOf(agent, audience)), { mode: 0o600 });
  if (layout.hasMachines) await prepareSentinel(layout, agent.node);
  return startProcess({
    name: agent.podName,
    program: PROGRAM,
    args: [
      'agent',
      `-serverendpoint=${collectorAddress(layout)}`,
      `-reportinterval=${reportIntervalSeconds}`,
      ...(audience === null ? [] : [`-tokenfile=${tokenFile}`]),
      ...(layout.hasMachines ? [`-sentinel=${sentinelOf(layout, agent.node)}`] : []),
    ],
    env: { MY_POD_NAME: agent.podName, MY_NODE_NAME: agent.node },
    sandboxId: layout.id,
    logPath: logOf(layout, agent.podName),
  });
}

function tokenOf({ podName, podUid }: Agent, audience: string): ServiceAccountToken {
  return { account: AGENT_ACCOUNT, audience, pod: { name: podName, uid: podUid } };
}
