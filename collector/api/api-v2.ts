/** Our own API: the verdict with its reasons, by agent and by node, and what has changed. Read only. */

import type { FastifyInstance } from 'fastify';

import { NODES_PATH, VERDICT_PATH } from '../../contracts/connectivity/agent-report.ts';
import { VERDICT_NAMES_MAX } from '../../contracts/connectivity/watch-connectivity.ts';
import type { CollectorParts } from '../collector-parts.ts';
import { refuse } from '../netchecker/api-v1.ts';
import { AGENT_STATES, type AgentState, byName, stateOf, verdictOf } from '../verdict/verdict.ts';
import { judged, sendList } from './answers.ts';
import { addProcesses } from './processes.ts';
import {
  agentSchema,
  agentWithReportSchema,
  nodeSchema,
  PAGE_SIZE_MAX,
  pageQuery,
  responsesOf,
  transitionSchema,
  verdictSchema,
} from './schemas.ts';
import { type AgentWithReport, agentView, NODE_STATES, type NodeState, nodeViews } from './views.ts';

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Vigilante collector',
    version: '2',
    description:
      'What the agents of a cluster report. /api/v1 answers as k8s-netchecker-server; /api/v2 says why and since when.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
} as const;

interface Page {
  readonly limit: number;
}

export function addOwnApi(server: FastifyInstance, parts: CollectorParts): void {
  addVerdict(server, parts);
  addAgents(server, parts);
  addNodes(server, parts);
  addProcesses(server, parts);
  server.get<{ Querystring: Page }>(
    '/api/v2/transitions',
    {
      schema: {
        summary: 'The last changes of agents since the collector started, the newest first',
        querystring: { type: 'object', properties: pageQuery },
        response: responsesOf({ type: 'array', items: transitionSchema }),
      },
    },
    (request, reply) => {
      const problem = parts.registry.problem();
      if (problem !== null) return refuse(reply, 503, problem);
      return sendList(reply, parts.history.transitions().toReversed().slice(0, request.query.limit), (one) => one);
    },
  );
  server.get('/api/v2/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(server.swagger()));
}

function addVerdict(server: FastifyInstance, parts: CollectorParts): void {
  server.get<{ Querystring: { readonly names: number } }>(
    VERDICT_PATH,
    {
      schema: {
        summary: 'The verdict: counts, and the first agents that fail or would fail',
        querystring: {
          type: 'object',
          properties: {
            names: { type: 'integer', minimum: 0, maximum: PAGE_SIZE_MAX, default: VERDICT_NAMES_MAX },
          },
        },
        response: responsesOf(verdictSchema),
      },
    },
    (request, reply) => judged(reply, parts, (all) => reply.send(verdictOf(all, request.query.names))),
  );
}

function addAgents(server: FastifyInstance, parts: CollectorParts): void {
  server.get<{ Querystring: Page & { readonly state?: AgentState; readonly node?: string } }>(
    '/api/v2/agents',
    {
      schema: {
        summary: 'All expected agents with their state',
        querystring: {
          type: 'object',
          properties: { ...pageQuery, state: { type: 'string', enum: AGENT_STATES }, node: { type: 'string' } },
        },
        response: responsesOf({ type: 'array', items: agentSchema }),
      },
    },
    (request, reply) =>
      judged(reply, parts, ({ agents, toWallMs }) => {
        const { state, node, limit } = request.query;
        const wanted = agents.filter(
          (agent) =>
            (state === undefined || stateOf(agent) === state) && (node === undefined || agent.pod.nodeName === node),
        );
        const shown = wanted.sort(byName).slice(0, limit);
        return sendList(reply, shown, (agent) => agentView(agent, { history: parts.history, toWallMs }));
      }),
  );
  server.get<{ Params: { readonly namespace: string; readonly name: string } }>(
    '/api/v2/agents/:namespace/:name',
    { schema: { summary: 'One agent with its newest report', response: responsesOf(agentWithReportSchema) } },
    (request, reply) =>
      judged(reply, parts, ({ agents, toWallMs }) => {
        const { namespace, name } = request.params;
        const agent = agents.find(({ pod }) => pod.namespace === namespace && pod.name === name);
        if (agent === undefined) return refuse(reply, 404, `no agent pod ${namespace}/${name} is expected to report`);
        const answer: AgentWithReport = {
          ...agentView(agent, { history: parts.history, toWallMs }),
          report: parts.registry.recordOf(agent.pod)?.report ?? null,
        };
        return reply.send(answer);
      }),
  );
}

function addNodes(server: FastifyInstance, parts: CollectorParts): void {
  server.get<{ Querystring: Page & { readonly state?: NodeState } }>(
    NODES_PATH,
    {
      schema: {
        summary: 'The verdict of each node that has agents',
        querystring: {
          type: 'object',
          properties: { ...pageQuery, state: { type: 'string', enum: NODE_STATES } },
        },
        response: responsesOf({ type: 'array', items: nodeSchema }),
      },
    },
    (request, reply) =>
      judged(reply, parts, ({ agents, ...at }) => {
        const { state, limit } = request.query;
        const { history, registry } = parts;
        return sendList(reply, nodeViews(agents, { history, registry, ...at, state, limit }), (view) => view);
      }),
  );
  server.get<{ Params: { readonly node: string } }>(
    '/api/v2/nodes/:node',
    { schema: { summary: 'The verdict of one node', response: responsesOf(nodeSchema) } },
    (request, reply) =>
      judged(reply, parts, ({ agents, ...at }) => {
        const { node } = request.params;
        const { history, registry } = parts;
        const itsAgents = agents.filter(({ pod }) => pod.nodeName === node);
        const [view] = nodeViews(itsAgents, { history, registry, ...at, limit: 1 });
        return view === undefined ? refuse(reply, 404, `no agent is expected on node ${node}`) : reply.send(view);
      }),
  );
}
