/** What the answers of echoes say about a pod (E5 to E7): a pure decision over addresses in one spelling. */

import type { SourceFinding, SourceKind } from './pod-evidence.ts';

/** What came back from one endpoint. */
export type EndpointAnswer =
  | { readonly kind: 'answer'; readonly endpoint: string; readonly source: string }
  /** An answer that is not believed (E4). */
  | { readonly kind: 'invalid'; readonly endpoint: string; readonly problem: string }
  /** No answer; `isUnreached` where the pod got no connection at all. */
  | {
      readonly kind: 'none';
      readonly endpoint: string;
      readonly problem: string;
      readonly isUnreached: boolean;
    };

export interface PodAddresses {
  /** `status.podIPs`. */
  readonly pod: readonly string[];
  /** `status.hostIPs`, and the node's addresses of the types InternalIP and ExternalIP. */
  readonly node: readonly string[];
  /** `status.hostIPs` alone. */
  readonly host: readonly string[];
}

export const ECHO_REQUIREMENTS = ['all', 'any'] as const;
export type EchoRequirement = (typeof ECHO_REQUIREMENTS)[number];

/** Whose address an endpoint saw. A pod without an address of its own shows nothing. */
export function sourceKind(answer: EndpointAnswer, addresses: PodAddresses): SourceKind {
  if (answer.kind !== 'answer') return answer.kind;
  if (!hasOwnAddress(addresses)) return 'none';
  if (addresses.pod.includes(answer.source)) return 'own';
  return addresses.node.includes(answer.source) ? 'node' : 'other';
}

export interface JudgedSource extends Omit<SourceFinding, 'createdMs'> {
  /** For people. */
  readonly detail: string;
}

/** One endpoint that saw another address refutes the pod, whatever the rest say; the node's goes before others'. */
export function judgeSource(
  answers: readonly EndpointAnswer[],
  { addresses, require }: { readonly addresses: PodAddresses; readonly require: EchoRequirement },
): JudgedSource {
  const problems = answers.flatMap(problemOf);
  if (!hasOwnAddress(addresses)) return silent(['the pod has no address of its own', ...problems].join('; '));
  const own = addresses.pod.join(' or ');
  const of = (kind: SourceKind) =>
    answers.flatMap((answer) => (answer.kind === 'answer' && sourceKind(answer, addresses) === kind ? [answer] : []));
  for (const by of ['node', 'other'] as const) {
    const [found] = of(by);
    if (found === undefined) continue;
    const { endpoint, source } = found;
    const whose = by === 'node' ? "the node's " : '';
    return {
      verdict: 'refuted',
      by,
      address: source,
      endpoint,
      detail: `SNATed: ${endpoint} saw ${whose}${source} instead of ${own}`,
    };
  }
  const proofs = of('own');
  const [first] = proofs;
  if (first !== undefined && (require === 'any' || proofs.length === answers.length)) {
    const names = proofs.map(({ endpoint }) => endpoint).join(', ');
    return {
      verdict: 'proven',
      by: 'own',
      address: first.source,
      endpoint: first.endpoint,
      detail: `${names} saw the pod's own ${first.source}`,
    };
  }
  return silent(problems.join('; '));
}

function problemOf(answer: EndpointAnswer): string[] {
  return answer.kind === 'answer' ? [] : [`${answer.endpoint}: ${answer.problem}`];
}

function silent(detail: string): JudgedSource {
  return { verdict: 'silent', by: null, address: null, endpoint: null, detail };
}

/** A pod in the network of its host, or whose address the kubelet forgot, shows nothing (E5). */
function hasOwnAddress({ pod, host }: PodAddresses): boolean {
  return pod.length > 0 && !pod.some((address) => host.includes(address));
}
