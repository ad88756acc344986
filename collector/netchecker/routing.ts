/**
 * Answers requests that no route takes as the original's router does. It answers 405 with the methods that are allowed,
 * OPTIONS, a redirect to the path that was probably meant, or 404.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';

export const PLAIN_TEXT = 'text/plain; charset=utf-8';

interface OriginalRoute {
  /** A path of the original; `:name` stands for one segment that is not empty. */
  readonly path: string;
  readonly methods: readonly string[];
}

/** HEAD is answered wherever GET is, which the original does not do. */
const ROUTES: readonly OriginalRoute[] = [
  { path: '/api/v1/agents/:name', methods: ['GET', 'HEAD', 'POST'] },
  { path: '/api/v1/agents/', methods: ['GET', 'HEAD'] },
  { path: '/api/v1/connectivity_check', methods: ['GET', 'HEAD'] },
  { path: '/api/v1/ping', methods: ['GET', 'HEAD'] },
  { path: '/metrics', methods: ['GET', 'HEAD'] },
];

export async function answerUnrouted(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [path, query] = splitOnce(request.url, '?');
  if (!path.startsWith('/') && path !== '*') return plain(reply, 400, '400 Bad Request');
  const route = routeOf(path, 'exact');
  if (route !== null) return answerMethod(request, reply, route);
  const fixed = fixedPath(path, request.method);
  if (fixed !== null) {
    const location = query === undefined ? fixed : `${fixed}?${query}`;
    return redirect(request, reply, location);
  }
  return plain(reply, 404, '404 page not found\n');
}

function answerMethod(request: FastifyRequest, reply: FastifyReply, { methods }: OriginalRoute): FastifyReply {
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (request.method === 'OPTIONS') return reply.code(200).header('allow', allow).send();
  return plain(reply.header('allow', allow), 405, 'Method Not Allowed\n');
}

function plain(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).header('content-type', PLAIN_TEXT).header('x-content-type-options', 'nosniff').send(body);
}

/** A GET gets the page that Go writes along with a redirect, every other method only the address. */
function redirect(request: FastifyRequest, reply: FastifyReply, location: string): FastifyReply {
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply.code(308).header('location', location).send();
  const shown = location
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;');
  return reply
    .code(301)
    .header('location', location)
    .header('content-type', 'text/html; charset=utf-8')
    .send(`<a href="${shown}">Moved Permanently</a>.\n\n`);
}

/** The path of a route with a slash more or less at its end, in another case, or with `//` and `..` in it. */
function fixedPath(path: string, method: string): string | null {
  const cleaned = cleanPath(path);
  for (const candidate of [cleaned, `${cleaned}/`, cleaned.replace(/\/$/, '')]) {
    const route = routeOf(candidate, 'any-case');
    if (route === null || !(route.methods.includes(method) || method === 'OPTIONS')) continue;
    const segments = candidate.split('/');
    const fixed = route.path.split('/').map((wanted, at) => (wanted.startsWith(':') ? (segments[at] ?? '') : wanted));
    return fixed.join('/') === path ? null : fixed.join('/');
  }
  return null;
}

/** Resolves `.`, `..` and repeated slashes. Takes any text: what a client sends need not be a URL. */
function cleanPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const isFolder = segments.length > 0 && /\/\.{0,2}$/.test(path);
  return `/${segments.join('/')}${isFolder ? '/' : ''}`;
}

function routeOf(path: string, how: 'exact' | 'any-case'): OriginalRoute | null {
  const segments = path.split('/');
  const isSame = (wanted: string, found: string) =>
    wanted.startsWith(':') ? found !== '' : how === 'exact' ? wanted === found : wanted === found.toLowerCase();
  return (
    ROUTES.find((route) => {
      const wanted = route.path.split('/');
      return (
        wanted.length === segments.length && wanted.every((segment, index) => isSame(segment, segments[index] ?? ''))
      );
    }) ?? null
  );
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
