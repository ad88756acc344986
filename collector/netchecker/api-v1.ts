/** The API of k8s-netchecker-server: agents report, tools ask. Answers are those of the original, byte for byte. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { AGENTS_PATH, PING_PATH } from '../../contracts/connectivity/agent-report.ts';
import { messageOf } from '../../domain/error-message.ts';
import { parseNodeName } from '../../domain/node/identity.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import type { AuthenticationResult } from '../authentication/authentication.ts';
import type { ReportResult } from '../collector-metrics.ts';
import type { CollectorParts } from '../collector-parts.ts';
import { sendPieces } from '../pending-answers.ts';
import { parseReport, ReportProblem } from '../reports/parser.ts';
import { NoRoom } from '../reports/room.ts';
import { StoreUnavailable } from '../stores/report-store.ts';
import { byName, type JudgedAgent } from '../verdict/verdict.ts';
import { checkJson, recordJson, recordsJson } from './go-json.ts';
import { answerUnrouted, PLAIN_TEXT } from './routing.ts';

interface NamedAgent {
  readonly Params: { readonly name: string };
  /** As it came, whatever its content type; missing where there was none. */
  readonly Body: Buffer | null | undefined;
}

export function addOriginalApi(server: FastifyInstance, parts: CollectorParts): void {
  const { registry } = parts;
  server.get(PING_PATH, (_request, reply) => reply.send());
  server.get(`${AGENTS_PATH}/`, (_request, reply) => {
    const problem = registry.problem();
    if (problem !== null) return refuse(reply, 503, problem);
    return sendPieces(
      reply.code(200).header('content-type', PLAIN_TEXT),
      recordsJson(registry.podNames(), (name) => registry.get(name)),
    );
  });
  server.get<NamedAgent>(`${AGENTS_PATH}/:name`, (request, reply) => {
    demandPodName(request.params.name);
    const problem = registry.problem();
    if (problem !== null) return refuse(reply, 503, problem);
    const record = registry.get(request.params.name);
    if (record === undefined) return refuse(reply, 404, `no report of agent ${request.params.name}`);
    return asOriginal(reply, 200, recordJson(record));
  });
  server.post<NamedAgent>(`${AGENTS_PATH}/:name`, (request, reply) =>
    // The router takes a segment that is empty for a name; the original's does not.
    request.params.name === '' ? answerUnrouted(request, reply) : takeReport(request, reply, parts),
  );
  server.get('/api/v1/connectivity_check', (_request, reply) => answerCheck(reply, parts));
}

/** Our own errors as JSON: the original has other messages for them, or none. */
export function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify({ error }));
}

/** What became of a report. */
interface Outcome {
  readonly result: ReportResult;
  readonly status: number;
  /** Null for a report that was stored. */
  readonly error: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

const STORED: Outcome = { result: 'stored', status: 200, error: null };

async function takeReport(
  request: FastifyRequest<NamedAgent>,
  reply: FastifyReply,
  parts: CollectorParts,
): Promise<FastifyReply> {
  const startedMs = performance.now();
  const { result, status, error, headers } = await outcomeOf(request, parts);
  parts.metrics.countReport(result);
  if (error !== null) return refuse(reply.headers(headers ?? {}), status, error);
  parts.metrics.observeSave((performance.now() - startedMs) / 1_000);
  return reply.code(status).send();
}

async function outcomeOf(request: FastifyRequest<NamedAgent>, parts: CollectorParts): Promise<Outcome> {
  const { name } = request.params;
  let storing: Promise<Outcome>;
  try {
    demandPodName(name);
    const report = parseReport(request.body ?? Buffer.alloc(0), name, parts.rules);
    const claim = { podName: name, nodeName: report.nodename, source: request.ip };
    const identity = (await parts.authentication?.check(request.headers.authorization, claim)) ?? null;
    if (identity !== null && identity.kind !== 'accepted') return strangerOutcome(identity);
    // Not the name in the address: V8 keeps the whole address for a part of it.
    const { podname } = report;
    const waitSeconds = parts.rateLimit.take(podname, parts.clock.nowMs());
    if (waitSeconds > 0) return limited(`agent ${name} reports too often`, waitSeconds);
    // Neither the body nor the report is kept while the store is waited for; this function has ended by then.
    request.body = null;
    storing = parts.registry.take(podname, report, identity?.pod ?? null).then(() => STORED, refusalOf);
  } catch (error) {
    return refusalOf(error);
  }
  return storing;
}

function strangerOutcome(result: Exclude<AuthenticationResult, { kind: 'accepted' }>): Outcome {
  const { kind, message } = result;
  if (kind === 'limited') return limited(message, result.waitSeconds);
  if (kind === 'forbidden') return { result: 'unauthenticated', status: 403, error: message };
  return { result: 'unauthenticated', status: 401, error: message, headers: { 'www-authenticate': 'Bearer' } };
}

function limited(error: string, waitSeconds: number): Outcome {
  return { result: 'limited', status: 429, error, headers: { 'retry-after': String(Math.ceil(waitSeconds)) } };
}

/** Rethrows what is not expected. */
function refusalOf(error: unknown): Outcome {
  if (error instanceof ReportProblem) return { result: 'refused', status: 400, error: error.message };
  if (error instanceof NoRoom) return { result: 'limited', status: 429, error: error.message };
  if (error instanceof StoreUnavailable || error instanceof ClusterError) {
    return { result: 'unavailable', status: 503, error: `the report was not stored: ${messageOf(error)}` };
  }
  throw error;
}

function demandPodName(name: string): void {
  // A pod's name has the form of a node's.
  if (parseNodeName(name) === null) {
    throw new ReportProblem(
      `the name in the address: ${JSON.stringify(name.slice(0, 80))}: expected the name of a pod`,
    );
  }
}

function answerCheck(reply: FastifyReply, parts: CollectorParts): FastifyReply {
  const judging = parts.judge();
  if (judging.kind === 'unknown') {
    reply.code(500).header('content-type', PLAIN_TEXT).header('x-content-type-options', 'nosniff');
    return reply.send(`Error occurred while checking the agents. Details: ${judging.problem}\n`);
  }
  const { strictCheck, outdatedMayBeNull } = parts.rules;
  let checkedCount = 0;
  const failed: JudgedAgent[] = [];
  for (const agent of judging.judged.agents) {
    if (!strictCheck && agent.judgement.suppressedBy !== null) continue;
    checkedCount += 1;
    if (agent.judgement.failure !== null) failed.push(agent);
  }
  if (failed.length === 0) {
    const message = `All ${checkedCount} pods successfully reported back to the server`;
    return asOriginal(reply, 200, checkJson({ message, absent: null, outdated: null }));
  }
  failed.sort(byName);
  const namesOf = (failure: 'absent' | 'outdated') =>
    failed.filter(({ judgement }) => judgement.failure === failure).map(({ pod }) => pod.name);
  const outdated = namesOf('outdated');
  const message = 'Connectivity check fails. Reason: there are absent or outdated pods; look up the payload';
  const lists = { absent: namesOf('absent'), outdated: outdatedMayBeNull && outdated.length === 0 ? null : outdated };
  return asOriginal(reply, 400, checkJson({ message, ...lists }));
}

/** The original leaves the content type to Go, which finds text. */
function asOriginal(reply: FastifyReply, status: number, json: string): FastifyReply {
  return reply.code(status).header('content-type', PLAIN_TEXT).send(json);
}
