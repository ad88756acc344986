/** `/api/v2/processes`: what agents have read of the processes on their nodes, in pages. */

import type { FastifyInstance } from 'fastify';

import { PROCESSES_PATH } from '../../contracts/connectivity/agent-report.ts';
import { type AgentProcesses, PROCESSES_PAGE } from '../../contracts/connectivity/processes.ts';
import type { CollectorParts } from '../collector-parts.ts';
import { isRecent } from '../verdict/recent-report.ts';
import { byName, type Judged, type JudgedAgent } from '../verdict/verdict.ts';
import { judged, sendList } from './answers.ts';
import { agentProcessesSchema, responsesOf } from './schemas.ts';

interface ProcessesQuery {
  readonly limit: number;
  readonly after?: string;
}

export function addProcesses(server: FastifyInstance, parts: CollectorParts): void {
  server.get<{ Querystring: ProcessesQuery }>(
    PROCESSES_PATH,
    {
      schema: {
        summary: 'Users and capabilities of the processes of containers, as agents with -processes read them',
        querystring: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: PROCESSES_PAGE, default: PROCESSES_PAGE },
            after: { type: 'string', description: 'namespace/name of the last agent of the page before' },
          },
        },
        response: responsesOf({ type: 'array', items: agentProcessesSchema }),
      },
    },
    (request, reply) =>
      judged(reply, parts, (all) => sendList(reply, agentsWithProcesses(all, parts, request.query), (one) => one)),
  );
}

function* agentsWithProcesses(
  { agents, atMs }: Judged,
  { registry }: Pick<CollectorParts, 'registry'>,
  { limit, after }: ProcessesQuery,
): Generator<AgentProcesses> {
  let left = limit;
  for (const agent of agents.toSorted(byName)) {
    const { name, namespace, nodeName } = agent.pod;
    if (left === 0) return;
    if (nodeName === null || (after !== undefined && !isAfter(agent, after)) || !isRecent(agent, atMs)) continue;
    const processes = registry.recordOf(agent.pod)?.report.processes;
    if (processes === undefined) continue;
    left -= 1;
    yield { agent: name, namespace, node: nodeName, processes };
  }
}

/** In the order of `byName`. */
function isAfter({ pod }: JudgedAgent, after: string): boolean {
  const [namespace = '', name = ''] = after.split('/');
  return pod.namespace === namespace ? pod.name > name : pod.namespace > namespace;
}
