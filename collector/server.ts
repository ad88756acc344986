/** The collector's HTTP server, which can be built and asked without listening. */

import type { IncomingMessage } from 'node:http';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';

import { refuseTunnels } from '../runtime/http-server.ts';
import { addOwnApi, OPENAPI } from './api/api-v2.ts';
import type { CollectorParts } from './collector-parts.ts';
import { addOriginalApi, refuse } from './netchecker/api-v1.ts';
import { answerUnrouted } from './netchecker/routing.ts';
import { boundAnswers } from './pending-answers.ts';
import { addProcessPages } from './process-pages.ts';
import { BodyProblem, createIntake } from './reports/intake.ts';
import { ReportProblem } from './reports/parser.ts';

/** A report whose body does not arrive in this time is given up. */
const REQUEST_TIMEOUT_MS = 20_000;
/** Node uses max(headersTimeout, requestTimeout); the default would allow a body 60 s. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than the interval of most agents: their connection is not opened again for each report. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** How often Node looks for requests that take too long. */
const CONNECTIONS_CHECK_MS = 5_000;
/** Bodies that are read and answered at a time; at least one of the largest that is allowed. */
const INTAKE_BYTES_MAX = 16 * 1_048_576;
/** Answers that their readers have not taken yet. */
const ANSWERS_BYTES_MAX = 32 * 1_048_576;
/** The agents that a list is made from, and its pieces: eight lists at a time. */
const STREAM_BYTES = 4 * 1_048_576;
/** A pod's name has at most 253 characters; a longer one gets an answer that says so. */
const PARAMETER_LENGTH_MAX = 4_096;

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

export async function buildServer(parts: CollectorParts, tls: TlsMaterial | null): Promise<FastifyInstance> {
  const http = { connectionsCheckingInterval: CONNECTIONS_CHECK_MS, headersTimeout: HEADERS_TIMEOUT_MS };
  const server = fastify({
    ...(tls === null ? { http } : { https: { ...http, ...tls } }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    frameworkErrors: (error, _request, reply) => {
      refuse(reply, error.statusCode ?? 400, error.message);
    },
  }) as FastifyInstance;
  refuseTunnels(server.server);
  // The original does not look at the content type, wrong as it may be.
  server.removeAllContentTypeParsers();
  server.addHook('onRequest', async ({ raw }) => {
    if (raw.headers['content-type'] !== undefined) raw.headers['content-type'] = 'application/json';
  });
  boundAnswers(server, { bytesMax: ANSWERS_BYTES_MAX, streamBytes: STREAM_BYTES });
  readBodies(server, parts.rules.bodyBytesMax);
  server.setErrorHandler<FastifyError | Error>((error, request, reply) => {
    if (error instanceof ReportProblem) return refuse(reply, 400, error.message);
    const status = 'statusCode' in error ? error.statusCode : undefined;
    if (status !== undefined && status >= 400 && status < 500) {
      if (request.method === 'POST') parts.metrics.countReport(status === 429 ? 'limited' : 'refused');
      // What is left of the body is not read.
      if (error instanceof BodyProblem) reply.header('connection', 'close');
      if (status === 429) reply.header('retry-after', '1');
      return refuse(reply, status, error.message);
    }
    parts.log.error({ error }, `${request.method} ${request.url} failed`);
    return refuse(reply, 500, 'the collector failed on this request; its log says why');
  });
  if (parts.log.isLevelEnabled('debug')) {
    server.addHook('onResponse', async (request, reply) => {
      const { method, url, ip } = request;
      parts.log.debug({ method, url, ip, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
    });
  }
  server.setNotFoundHandler(answerUnrouted);
  await server.register(fastifySwagger, { openapi: OPENAPI });
  addOriginalApi(server, parts);
  await server.register(async (scope) => addOwnApi(scope, parts));
  addProcessPages(server, parts);
  return server;
}

/** The original does not look at the content type, so that anything is a body; GET has none. */
function readBodies(server: FastifyInstance, bodyBytesMax: number): void {
  const intake = createIntake({ bytesMax: Math.max(INTAKE_BYTES_MAX, bodyBytesMax) });
  server.addHook('onRequest', async ({ raw }, reply) => {
    reply.raw.once('close', () => intake.release(raw));
  });
  server.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    const announced = request.headers['content-length'];
    return intake.read(payload, {
      announcedBytes: announced === undefined ? null : Number(announced),
      bytesMax: bodyBytesMax,
    });
  });
}
