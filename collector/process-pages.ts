/** Metrics and health on the collector's own port. */

import type { FastifyInstance } from 'fastify';

import type { CollectorParts } from './collector-parts.ts';
import { sendPieces } from './pending-answers.ts';

const NO_STORE = 'no-store';

export function addProcessPages(server: FastifyInstance, parts: Pick<CollectorParts, 'pages' | 'agentPage'>): void {
  const { pages, agentPage } = parts;
  for (const path of ['/healthz', '/health']) {
    server.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply.header('content-type', 'application/json').header('cache-control', NO_STORE).send('{"status":"alive"}\n'),
    );
  }
  server.get('/readyz', { schema: { hide: true } }, (_request, reply) => {
    const readiness = pages.readiness();
    return reply
      .code(readiness.ready ? 200 : 503)
      .header('content-type', 'application/json')
      .header('cache-control', NO_STORE)
      .send(`${JSON.stringify(readiness)}\n`);
  });
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
