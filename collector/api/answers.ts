/** How the API of our own answers: with a list in pieces, and with an error where there is no verdict. */

import type { FastifyReply } from 'fastify';

import type { CollectorParts } from '../collector-parts.ts';
import { refuse } from '../netchecker/api-v1.ts';
import { sendPieces } from '../pending-answers.ts';
import type { Judged } from '../verdict/verdict.ts';
import { jsonPieces } from './json-list.ts';

/** Item by item: a list of ten thousand agents has megabytes. The items have the keys of their schema. */
export function sendList<Item>(
  reply: FastifyReply,
  items: Iterable<Item>,
  viewOf: (item: Item) => object,
): FastifyReply {
  reply.header('content-type', 'application/json; charset=utf-8');
  return sendPieces(
    reply,
    jsonPieces(['[', ']'], items, (item) => JSON.stringify(viewOf(item))),
  );
}

export function judged(
  reply: FastifyReply,
  parts: CollectorParts,
  answer: (judged: Judged) => FastifyReply,
): FastifyReply {
  const judging = parts.judge();
  return judging.kind === 'unknown' ? refuse(reply, 503, judging.problem) : answer(judging.judged);
}
