/** Reads from an ended pod what the echoes answered it, and checks each answer (E4). */

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readEchoAnswer } from '../../contracts/healing/echo-answer.ts';
import { cutText } from '../../domain/cut-text.ts';
import type { EndpointAnswer, PodAddresses } from '../../domain/healing/source-verdict.ts';
import { addressRange, normalAddress } from '../../domain/node/address.ts';
import type { ContainerStatus, PodObject } from '../client/objects.ts';
import type { NodeNetwork } from '../nodes/network.ts';
import { echoContainerName } from './probing-pod.ts';

/** An endpoint as the worker's file has it. */
export interface AskedEndpoint {
  readonly name: string;
  readonly url: string;
  /** Ed25519, in base64url; empty where nothing is signed. */
  readonly publicKeys: readonly string[];
  /** `vigilante`, `text` or `json:/pointer` (RFC 6901). */
  readonly answer: string;
}

/** Of curl: the name was not resolved, nobody listens, nobody answered in time. */
const UNREACHED_EXITS = new Set([6, 7, 28]);
/** In a log, such as `curl: (7) Failed to connect`, before or behind the answer. */
const CURL_LINE = /^curl: (?:\((\d+)\))?.*$/gm;
const PROBLEM_LENGTH_MAX = 200;
/** As much as the kubelet keeps of a container's log. */
const MESSAGE_LENGTH_MAX = 2_048;

export interface AnswerContext {
  readonly answer: 'file' | 'log';
  /** Of the node that was asked from. */
  readonly network: NodeNetwork;
  /** The node that has this address. */
  readonly nodeAt: (address: string) => string | undefined;
}

export function endpointAnswer(pod: PodObject, endpoint: AskedEndpoint, context: AnswerContext): EndpointAnswer {
  const { name } = endpoint;
  const status = pod.status?.containerStatuses?.find((one) => one.name === echoContainerName(name));
  const ended = status?.state?.terminated;
  if (!ended) return { kind: 'none', endpoint: name, problem: `late: ${waitingReason(status)}`, isUnreached: false };
  const message = ended.message ?? '';
  const exit = ended.exitCode ?? -1;
  if (exit !== 0 && context.answer === 'file') {
    const problem = line(`exit ${exit}: ${message.trim() || (ended.reason ?? 'no message')}`);
    return { kind: 'none', endpoint: name, problem, isUnreached: UNREACHED_EXITS.has(exit) };
  }
  const invalid = (problem: string): EndpointAnswer => ({ kind: 'invalid', endpoint: name, problem: line(problem) });
  const useless = uselessPlace(endpoint.url, context);
  if (useless !== null) return invalid(useless);
  if (Buffer.byteLength(message) > MESSAGE_LENGTH_MAX)
    return invalid(`the answer has more than ${MESSAGE_LENGTH_MAX} bytes`);
  const body = context.answer === 'log' ? message.replaceAll(CURL_LINE, '') : message;
  if (body.trim() === '') {
    // Curl said in the log why there is no answer.
    const isUnreached = [...message.matchAll(CURL_LINE)].some(([, code]) => UNREACHED_EXITS.has(Number(code)));
    return { kind: 'none', endpoint: name, problem: line(message) || 'an empty answer', isUnreached };
  }
  const read = readSource(body, { endpoint, nonce: pod.metadata?.uid ?? '' });
  if (read.kind === 'invalid') return invalid(read.problem);
  const source = normalAddress(read.source);
  return source === null ? invalid(`${read.source} is no address`) : { kind: 'answer', endpoint: name, source };
}

/** All in one spelling. */
export function podAddresses(pod: PodObject, network: NodeNetwork): PodAddresses {
  const { podIP, podIPs, hostIP, hostIPs } = pod.status ?? {};
  const host = addresses([hostIP, ...(hostIPs ?? []).map(({ ip }) => ip)]);
  return {
    pod: addresses([podIP, ...(podIPs ?? []).map(({ ip }) => ip)]),
    host,
    node: [...host, ...network.addresses],
  };
}

function addresses(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.flatMap((text) => normalAddress(text ?? '') ?? []))];
}

type Source =
  | { readonly kind: 'source'; readonly source: string }
  | { readonly kind: 'invalid'; readonly problem: string };

function readSource(
  body: string,
  { endpoint, nonce }: { readonly endpoint: AskedEndpoint; readonly nonce: string },
): Source {
  const { answer, name, publicKeys } = endpoint;
  if (answer === 'text') return { kind: 'source', source: body.trim() };
  if (answer.startsWith('json:')) return atPointer(body, answer.slice('json:'.length));
  const keys = publicKeys.map(publicKeyFrom);
  const isSigned = (text: string, signature: string) =>
    keys.length === 0 || keys.some((key) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url')));
  const reading = readEchoAnswer(body.trim(), { nonce, echo: name, isSigned });
  return reading.kind === 'invalid' ? reading : { kind: 'source', source: reading.answer.source };
}

function publicKeyFrom(x: string): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
}

function atPointer(body: string, pointer: string): Source {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    return { kind: 'invalid', problem: 'the answer is no JSON' };
  }
  const steps = pointer.split('/').slice(1);
  for (const step of steps) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const isInside = typeof found === 'object' && found !== null && Object.hasOwn(found, key);
    found = isInside ? (found as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  return typeof found === 'string'
    ? { kind: 'source', source: found.trim() }
    : { kind: 'invalid', problem: `the answer has no text at ${pointer || 'its root'}` };
}

/** An endpoint on a node, or in the range of the pods of this one, sees the pod's own address on every node (E12). */
function uselessPlace(url: string, { network: { addresses: ofNode, podCidrs }, nodeAt }: AnswerContext): string | null {
  const host = normalAddress(new URL(url).hostname.replace(/^\[|\]$/g, ''));
  if (host === null) return null;
  if (ofNode.includes(host)) return `the endpoint ${host} is an address of the node, so its answer proves nothing`;
  const other = nodeAt(host);
  if (other !== undefined) return `the endpoint ${host} is an address of node ${other}, so its answer proves nothing`;
  const range = podCidrs.find((cidr) => addressRange(cidr)?.(host) === true);
  return range === undefined
    ? null
    : `the endpoint ${host} is in ${range}, the pods of the node, so its answer proves nothing`;
}

function waitingReason(status: ContainerStatus | undefined): string {
  const waiting = status?.state?.waiting;
  if (!waiting) return status?.state === undefined ? 'no container was begun' : 'the container has not ended';
  const { reason = 'waiting', message } = waiting;
  return line(message === undefined || message === '' ? reason : `${reason}: ${message}`);
}

function line(text: string): string {
  return cutText(text.replaceAll(/\s+/g, ' ').trim(), PROBLEM_LENGTH_MAX);
}
