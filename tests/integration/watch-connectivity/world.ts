/** A scripted collector and cluster for `watchConnectivity`: answers from memory and keeps what was asked of it. */

import type {
  AlarmedNode,
  ConnectivityActivities,
  NodeConnectivityChange,
  NodeConnectivityOutcome,
  RestartHealOfNodeResult,
} from '../../../contracts/connectivity/activities.ts';
import type {
  AgentVerdict,
  ConnectivityVerdict,
  Evaluation,
  Sent,
} from '../../../contracts/connectivity/watch-connectivity.ts';
import { nodeName, nodeUid } from '../../fixtures/nodes.ts';

/** What a test says of an agent. */
type AgentFacts = Partial<Omit<AgentVerdict, 'node' | 'nodeUid'> & Pick<Sent<AgentVerdict>, 'node' | 'nodeUid'>>;

export interface ConnectivityWorld {
  readonly activities: ConnectivityActivities;
  /** What the collector says now; tests replace it. Called with the number of the question, from 1. */
  answer: (question: number) => Evaluation | Promise<Evaluation>;
  /** What becomes of a change; default written. */
  outcome: (change: NodeConnectivityChange) => NodeConnectivityOutcome;
  /** What an earlier watch left. */
  left: readonly AlarmedNode[];
  heal: () => RestartHealOfNodeResult;
  /** When each question came. */
  readonly askedMs: number[];
  /** Questions that are being answered at this moment, and the most of them at a time. */
  underWay: number;
  underWayMax: number;
  readonly changes: NodeConnectivityChange[];
  /** Names of nodes whose heal was restarted. */
  readonly healed: string[];
}

export function createConnectivityWorld(nowMs: () => Promise<number>): ConnectivityWorld {
  const world: Omit<ConnectivityWorld, 'activities'> = {
    answer: () => fine(),
    outcome: () => 'written',
    left: [],
    heal: () => ({
      kind: 'restarted',
      windowMs: 30 * 6e4,
    }),
    askedMs: [],
    underWay: 0,
    underWayMax: 0,
    changes: [],
    healed: [],
  };
  const activities: ConnectivityActivities = {
    async evaluateConnectivity() {
      world.underWay += 1;
      world.underWayMax = Math.max(world.underWayMax, world.underWay);
      world.askedMs.push(await nowMs());
      try {
        return await world.answer(world.askedMs.length);
      } finally {
        world.underWay -= 1;
      }
    },
    async recordNodeConnectivity({ changes }) {
      world.changes.push(...changes);
      const outcomes = changes.map(world.outcome);
      return outcomes.includes('refused') ? { outcomes, problem: 'patch nodes/status: 403 Forbidden' } : { outcomes };
    },
    async restartHealOfNode({ node }) {
      world.healed.push(node.name);
      return world.heal();
    },
    async findAlarmedNodes() {
      return world.left;
    },
  };
  return Object.assign(world, { activities });
}

export function fine(): Evaluation {
  return { kind: 'verdict', verdict: verdictOf([]) };
}

export function unavailable(message = 'connect ECONNREFUSED'): Evaluation {
  return { kind: 'unavailable', atMs: 0, message };
}

/** The agents of these nodes fail, unless said otherwise. */
export function failing(...nodes: readonly (string | AgentFacts)[]): Evaluation {
  return { kind: 'verdict', verdict: verdictOf(nodes.map(agentOn)) };
}

/** Agents that fail for a known reason. */
export function suppressed(...nodes: readonly string[]): Evaluation {
  const agents = nodes.map((node) => agentOn({ ...agentOn(node), suppressedBy: 'node-cordoned' }));
  return { kind: 'verdict', verdict: { ...verdictOf([]), suppressed: agents } };
}

/** So many agents on nodes of their own fail; the first hundred are named. */
export function manyFailing(count: number): Evaluation {
  const named = Array.from({ length: Math.min(count, 100) }, (_, index) => agentOn(`node-${index}`));
  const verdict = verdictOf(named);
  return { kind: 'verdict', verdict: { ...verdict, counts: { ...verdict.counts, expected: count, absent: count } } };
}

export function agentOn(facts: string | AgentFacts): AgentVerdict {
  const {
    node: name,
    nodeUid: uid = `uid-${name ?? 'x'}`,
    ...rest
  }: AgentFacts = typeof facts === 'string' ? { node: facts } : facts;
  return {
    agent: `netchecker-agent-${name ?? 'x'}`,
    namespace: 'netchecker',
    node: name === undefined || name === null ? null : nodeName(name),
    nodeUid: uid === null ? null : nodeUid(uid),
    os: 'linux',
    failure: 'absent',
    suppressedBy: null,
    sinceMs: 1_700_000_000_000,
    detail: 'no report since the pod was made, 12 minutes ago',
    ...rest,
  };
}

function verdictOf(agents: readonly AgentVerdict[]): ConnectivityVerdict {
  const absent = agents.filter(({ failure }) => failure === 'absent').length;
  const outdated = agents.length - absent;
  const expected = agents.length + 2;
  return {
    atMs: 1_700_000_000_000,
    ok: agents.length === 0,
    counts: { expected, reporting: 2, absent, outdated, suppressed: 0, conflicting: 0 },
    failing: agents,
    suppressed: [],
  };
}
