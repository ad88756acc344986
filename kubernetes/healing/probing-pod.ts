/** The containers of a healing pod that asks echoes which source address arrived: one for each endpoint. */

interface Endpoint {
  readonly name: string;
  readonly url: string;
  /** `vigilante` where it is an echo of ours, which also answers late. */
  readonly answer: string;
}

/** What a pod asks, and how it hands the answer on. */
export interface PodQuestion {
  readonly endpoints: readonly Endpoint[];
  /** `file`: the termination message; `log`: the kubelet takes the end of the log. */
  readonly answer: 'file' | 'log';
  /** The connection to an echo of ours that counts begins this long after the container; 0 for at once. */
  readonly settleMs: number;
  /** Instead of curl; `{url}` stands for the address with the nonce. Empty: curl. */
  readonly command: readonly string[];
  readonly image: string;
  readonly windows: boolean;
  /** How long the pod may take. */
  readonly patienceMs: number;
}

const NAME_PREFIX = 'echo-';
/** The kubelet replaces it by the pod's UID before the container starts. */
const NONCE = '$(POD_UID)';
const MESSAGE_FILE = '/dev/termination-log';

/** Curl fails at this at once, without a packet, so that the kubelet looks into the log. */
const NO_SUCH_PROTOCOL = 'end://of-the-answer';

const SECOND_MS = 1_000;
const ANSWER_SECONDS_MAX = 5;

export function echoContainerName(endpoint: string): string {
  return `${NAME_PREFIX}${endpoint}`;
}

export function probingContainers(question: PodQuestion) {
  return question.endpoints.map((endpoint) => ({
    name: echoContainerName(endpoint.name),
    image: question.image,
    command: commandOf(question, endpoint),
    env: [{ name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }],
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }));
}

function commandOf(question: PodQuestion, { url, answer: form }: Endpoint): string[] {
  const asked = `${url}?nonce=${NONCE}`;
  if (question.command.length > 0) return question.command.map((part) => part.replaceAll('{url}', asked));
  const { answer, windows } = question;
  const settleMs = form === 'vigilante' ? question.settleMs : 0;
  const urls = [...(settleMs > 0 ? [`${waitUrl(url)}?ms=${settleMs}`] : []), asked];
  return [
    windows ? String.raw`C:\Windows\System32\curl.exe` : '/bin/curl',
    ...flags(settleMs),
    ...urls.flatMap((one) => (answer === 'file' ? ['-o', MESSAGE_FILE, one] : [one])),
    ...(answer === 'log' ? [NO_SUCH_PROTOCOL] : []),
  ];
}

/**
 * No proxy, redirect or error page may answer instead. Windows pods have no network in their first seconds: hence the
 * retries. Where the wait fails nothing else is asked, for that connection would not have settled (E2).
 */
function flags(settleMs: number): string[] {
  const seconds = ANSWER_SECONDS_MAX + Math.ceil(settleMs / SECOND_MS);
  const safety = '-q -sS --fail --fail-early --noproxy * --globoff --max-redirs 0';
  const patience = `--connect-timeout 2 --max-time ${seconds} --retry 4 --retry-delay 1 --retry-connrefused`;
  return `${safety} ${patience}`.split(' ');
}

/** Beside the path that answers with the source. */
function waitUrl(url: string): string {
  return `${url.slice(0, url.lastIndexOf('/'))}/wait`;
}
