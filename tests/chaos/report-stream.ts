/** Agents that report without end, and remember what was acknowledged: the only witness of what must be stored. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { VERDICT_PATH } from '../../contracts/connectivity/agent-report.ts';
import { requestToken } from '../../sandbox/accounts.ts';
import { AGENT_ACCOUNT, agentPod, agentPodName } from '../../sandbox/agents/agent-pod.ts';
import { collectorUrl, RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

export interface ReportStream {
  /** Number of the newest report of each agent that was answered 200. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** When that was, by a clock that only goes forward. */
  readonly acknowledgedMs: ReadonlyMap<string, number>;
  /** Reports by the status of their answer; 0 where none came. */
  readonly answers: ReadonlyMap<number, number>;
  /** The same for reports without a token, which must never be taken. */
  readonly withoutToken: ReadonlyMap<number, number>;
  /** Resolves when every report that was sent is answered or given up. Each pause ends with a `resume` of its own. */
  pause(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

const AGENTS = 8;
const EVERY_MS = 100;
const ANSWER_TIMEOUT_MS = 3_000;
const SCHEDULED_TIMEOUT_MS = 30_000;
const AUDIENCE = 'vigilante-collector';
const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;

const PodSchema = z.object({ metadata: z.object({ uid: z.string() }) });
const BoundPodSchema = z.object({ spec: z.object({ nodeName: z.string() }) });

interface ReportingAgent {
  readonly pod: string;
  readonly node: string;
  readonly token: string;
}

/** Agents live on Linux nodes, which are not healed. */
export async function startReports(sandbox: Sandbox): Promise<ReportStream> {
  const names = Array.from({ length: AGENTS }, (_, index) => `linux-${index + 1}`);
  const agents = await Promise.all(names.map((node) => placeAgent(sandbox, node)));
  const dispatcher = new Agent({ connections: 2 * AGENTS });
  const url = collectorUrl(sandbox.layout);
  const acknowledged = new Map<string, number>();
  const acknowledgedMs = new Map<string, number>();
  const answers = new Map<number, number>();
  const withoutToken = new Map<number, number>();
  const stopping = new AbortController();
  let pauses = 0;
  let underWay = 0;
  let sequence = 0;

  async function send({ pod, node, token }: ReportingAgent, isKnown: boolean): Promise<void> {
    sequence += 1;
    const number = sequence;
    const status = await post(dispatcher, `${url}/api/v1/agents/${pod}`, {
      headers: isKnown ? { authorization: `Bearer ${token}` } : {},
      body: reportOf({ pod, node, number }),
    });
    const counts = isKnown ? answers : withoutToken;
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (status !== 200 || !isKnown) return;
    acknowledged.set(pod, number);
    acknowledgedMs.set(pod, performance.now());
  }

  async function report(agent: ReportingAgent, isKnown: boolean): Promise<void> {
    while (!stopping.signal.aborted) {
      if (pauses === 0) {
        underWay += 1;
        await send(agent, isKnown);
        underWay -= 1;
      }
      await sleep(EVERY_MS);
    }
  }

  const impostors = agents.slice(0, 1).map((agent) => report(agent, false));
  const running = [...agents.map((agent) => report(agent, true)), ...impostors];
  return {
    acknowledged,
    acknowledgedMs,
    answers,
    withoutToken,
    async pause() {
      pauses += 1;
      const what = 'the reports that were sent';
      await waitUntil(() => underWay === 0, {
        what,
        timeoutMs: 2 * ANSWER_TIMEOUT_MS,
      });
    },
    resume() {
      pauses -= 1;
    },
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      await Promise.all(running);
      await dispatcher.destroy();
    },
  };
}

const StoredSchema = z.record(z.string(), z.object({ uptime: z.number() }));

/** One look at the store of a collector that was just restarted. */
export interface StoreCheck {
  readonly atMs: number;
  readonly agents: number;
  /** Of each agent whose newest acknowledged report is not there, nor a newer one. */
  readonly lost: readonly string[];
}

/** Asks a collector that has read its store, while no agent reports. */
export async function checkStore(sandbox: Sandbox, acknowledged: ReadonlyMap<string, number>): Promise<StoreCheck> {
  const answer = await fetch(`${collectorUrl(sandbox.layout)}/api/v1/agents/`);
  const stored = StoredSchema.parse(await answer.json());
  const lost = [...acknowledged].flatMap(([agent, number]) => {
    const found = stored[agent]?.uptime;
    if (found !== undefined && found >= number) return [];
    return [`${agent}: report ${number} was acknowledged, ${found ?? 'none'} is stored`];
  });
  return { atMs: Date.now(), agents: acknowledged.size, lost };
}

/** One look at the verdict of a collector whose clock has stepped. */
export interface ClockCheck {
  readonly atMs: number;
  /** Agents that had just reported. */
  readonly agents: number;
  /** Those of them that the verdict calls absent or outdated. */
  readonly missing: readonly string[];
}

const VerdictSchema = z.object({ failing: z.array(z.object({ agent: z.string() })) });
/** Below the ten seconds that make an agent outdated. */
const JUST_REPORTED_MS = 4_000;

/** Null where the collector has no verdict, as without an API server. */
export async function checkClock(sandbox: Sandbox, reports: ReportStream): Promise<ClockCheck | null> {
  const sinceMs = performance.now() - JUST_REPORTED_MS;
  const reporting = [...reports.acknowledgedMs].flatMap(([agent, atMs]) => (atMs > sinceMs ? [agent] : []));
  const answer = await fetch(`${collectorUrl(sandbox.layout)}${VERDICT_PATH}?names=100`).catch(() => null);
  if (answer?.status !== 200 || reporting.length === 0) return null;
  const failing = new Set(VerdictSchema.parse(await answer.json()).failing.map(({ agent }) => agent));
  return { atMs: Date.now(), agents: reporting.length, missing: reporting.filter((agent) => failing.has(agent)) };
}

async function placeAgent(sandbox: Sandbox, name: string): Promise<ReportingAgent> {
  const node = await sandbox.addNode(name, { os: 'linux' });
  const created = await sandbox.api.demand('POST', PODS, { body: agentPod({ name, uid: node.uid, os: 'linux' }) });
  const pod = agentPodName(name);
  await waitUntil(
    async () => BoundPodSchema.safeParse((await sandbox.api.demand('GET', `${PODS}/${pod}`)).body).success,
    { what: `the agent's pod ${pod} to be scheduled`, timeoutMs: SCHEDULED_TIMEOUT_MS },
  );
  const { uid } = PodSchema.parse(created.body).metadata;
  const token = await requestToken(sandbox.api, {
    account: AGENT_ACCOUNT,
    audience: AUDIENCE,
    pod: { name: pod, uid },
  });
  return { pod, node: name, token };
}

function reportOf({ pod, node, number }: { pod: string; node: string; number: number }): string {
  return JSON.stringify({
    report_interval: 5,
    nodename: node,
    podname: pod,
    hostdate: new Date().toISOString(),
    uptime: number,
    nslookup: {},
    network_probes: [],
    ips: {},
  });
}

/** Status of the answer; 0 where none came. */
async function post(
  dispatcher: Agent,
  url: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<number> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const answer = await request(url, { method: 'POST', headers, body, dispatcher, signal });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return 0;
  }
}
