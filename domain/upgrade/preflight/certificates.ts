/** Check `certificates`: serving certificates and CA bundles that end soon. */

import type { Finding } from './finding.ts';

export interface CertificateFacts {
  /** Such as `kube-apiserver https://10.0.0.1:6443`. */
  readonly name: string;
  readonly end: { readonly notAfterMs: number } | { readonly silent: string };
  /** Whether it blocks that it cannot be read: kubelets may be out of reach. */
  readonly isNeeded: boolean;
}

const LEFT_MIN_MS = 14 * 86_400_000;
const DAY_MS = 86_400_000;

export function certificateFindings(certificates: readonly CertificateFacts[], nowMs: number): readonly Finding[] {
  return certificates.flatMap(({ name, end, isNeeded }): readonly Finding[] => {
    if ('silent' in end) return isNeeded ? [{ answer: 'unknown', object: name, detail: end.silent }] : [];
    const leftMs = end.notAfterMs - nowMs;
    if (leftMs >= LEFT_MIN_MS) return [];
    const when = new Date(end.notAfterMs).toISOString();
    const left = leftMs <= 0 ? 'it has ended' : `${(leftMs / DAY_MS).toFixed(1)} days are left`;
    return [{ answer: 'block', object: name, detail: `${left} (${when})` }];
  });
}

export function describeCertificates(certificates: readonly CertificateFacts[]): string {
  const silent = certificates.filter(({ end }) => 'silent' in end).length;
  return `${certificates.length - silent} certificates were read, ${silent} could not be`;
}
