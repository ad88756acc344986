/** The closed list of what this collector answers otherwise than the original: each turns a recorded answer into ours. */

import type { RecordedAnswer, TranscriptStep } from './transcript.ts';

export const DEVIATIONS = [
  'a malformed report is refused with 400',
  'an unknown agent is 404',
  'HEAD is answered where GET is',
  'silence of two intervals is Outdated in every store',
  'no field of one agent in the record of another',
  'the pods that were checked are counted',
  'an agent is answered as its report, not as the custom resource',
] as const;
export type Deviation = (typeof DEVIATIONS)[number];

/** What the replay knows of the world when the request is sent. */
export interface ReplayState {
  /** The newest body that each agent sent. */
  readonly sent: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Agent pods in the cluster. */
  readonly pods: ReadonlySet<string>;
  readonly outdated: readonly string[];
}

export interface ExpectedAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Null: any words of ours, in JSON. */
  readonly body: string | null;
  readonly deviations: readonly Deviation[];
}

type RequestStep = Extract<TranscriptStep, { kind: 'request' }>;

const JSON_TYPE = 'application/json; charset=utf-8';
const CHECK_PATH = '/api/v1/connectivity_check';
const FAILED = 'Connectivity check fails. Reason: there are absent or outdated pods; look up the payload';

export function expectedAnswer({ method, path, answer }: RequestStep, state: ReplayState): ExpectedAnswer {
  if (method === 'HEAD') {
    return { status: 200, contentType: undefined, body: '', deviations: ['HEAD is answered where GET is'] };
  }
  if (method === 'POST' && answer.status === 500) {
    return ours(400, 'a malformed report is refused with 400');
  }
  const isOneAgent = path.startsWith('/api/v1/agents/') && path !== '/api/v1/agents/';
  if (method === 'GET' && isOneAgent && !state.sent.has(path.slice('/api/v1/agents/'.length))) {
    return ours(404, 'an unknown agent is 404');
  }
  if (path === CHECK_PATH) return expectedCheck(answer, state);
  if (method === 'GET' && isOneAgent) return expectedAgent(answer);
  if (path === '/api/v1/agents/') return expectedAgents(answer, state);
  return asRecorded(answer, answer.body);
}

function expectedAgent(answer: RecordedAnswer): ExpectedAnswer {
  const at = answer.body.startsWith('{"kind":"Agent"') ? answer.body.indexOf('"spec":') : -1;
  if (at === -1) return asRecorded(answer, answer.body);
  const spec = answer.body.slice(at + '"spec":'.length, -1);
  return asRecorded(answer, spec, 'an agent is answered as its report, not as the custom resource');
}

function expectedAgents(answer: RecordedAnswer, { sent }: ReplayState): ExpectedAnswer {
  const agents = JSON.parse(answer.body) as Record<string, Record<string, unknown>>;
  for (const [name, agent] of Object.entries(agents)) {
    for (const field of ['nslookup', 'ips']) agent[field] = sortedKeys(sent.get(name)?.[field]);
  }
  const body = JSON.stringify(agents);
  if (body === answer.body) return asRecorded(answer, body);
  return asRecorded(answer, body, 'no field of one agent in the record of another');
}

function expectedCheck(answer: RecordedAnswer, { pods, outdated: ours }: ReplayState): ExpectedAnswer {
  const recorded = JSON.parse(answer.body) as { Message: string; Absent: string[] | null; Outdated: string[] | null };
  const deviations: Deviation[] = [];
  let { Message, Absent, Outdated } = recorded;
  let { status } = answer;
  if (ours.length > 0 && JSON.stringify(Outdated) !== JSON.stringify(ours)) {
    [status, Message, Absent, Outdated] = [400, FAILED, Absent ?? [], [...ours]];
    deviations.push('silence of two intervals is Outdated in every store');
  }
  const counted = `All ${pods.size} pods successfully reported back to the server`;
  if (status === 200 && Message !== counted) {
    Message = counted;
    deviations.push('the pods that were checked are counted');
  }
  const contentType = answer.headers['content-type'];
  return { status, contentType, body: JSON.stringify({ Message, Absent, Outdated }), deviations };
}

function ours(status: number, deviation: Deviation): ExpectedAnswer {
  return { status, contentType: JSON_TYPE, body: null, deviations: [deviation] };
}

function asRecorded(answer: RecordedAnswer, body: string, ...deviations: Deviation[]): ExpectedAnswer {
  return { status: answer.status, contentType: answer.headers['content-type'], body, deviations };
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
