/** Metrics and health on the collector's own port. */

import type { FastifyInstance } from 'fastify';

import { HEALTH_PATHS, healthPage } from '../runtime/health-pages.ts';
import type { CollectorParts } from './collector-parts.ts';
import { sendPieces } from './pending-answers.ts';

export function addProcessPages(server: FastifyInstance, parts: Pick<CollectorParts, 'pages' | 'agentPage'>): void {
  const { pages, agentPage } = parts;
  for (const path of HEALTH_PATHS) {
    server.get(path, { schema: { hide: true } }, (_request, reply) => {
      const { status, type, body } = healthPage(path, pages.readiness);
      return reply.code(status).header('content-type', type).header('cache-control', 'no-store').send(body);
    });
  }
  server.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, text } = await pages.metrics();
    reply.header('content-type', contentType);
    return agentPage === null ? reply.send(text) : sendPieces(reply, followedBy(text, agentPage()));
  });
}

async function* followedBy(text: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield `${text.trimEnd()}\n`;
  yield* rest;
}
