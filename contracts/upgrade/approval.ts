/** The custom resource `approvals.vigilante.ext`: what the command line writes and the maintainer reads. */

import { APPROVAL_DECISIONS, type Approval } from '../../domain/upgrade/approvals.ts';
import { anyText, runName } from '../maintenance/shapes.ts';
import { type Check, name, oneOf, open, optional, parsed, value } from '../shape.ts';

export const APPROVALS = { group: 'vigilante.ext', version: 'v1', plural: 'approvals' } as const;

/** As in the API: `notAfter` is a time such as `2026-12-08T18:00:00Z`. */
interface ApprovalSpec extends Omit<Approval, 'notAfterMs' | 'comment'> {
  readonly comment?: string;
  readonly notAfter?: string;
}

interface ApprovalObject {
  readonly spec: ApprovalSpec;
}

const time = value<string>('a time', (found) => typeof found === 'string' && !Number.isNaN(Date.parse(found)));

const approvalObject: Check<ApprovalObject> = open<ApprovalObject>({
  spec: open<ApprovalSpec>({
    run: runName,
    planDigest: name,
    decision: oneOf(...APPROVAL_DECISIONS),
    by: name,
    comment: optional(anyText),
    notAfter: optional(time),
  }),
});

interface SelfSubjectReview {
  readonly status: { readonly userInfo: { readonly username: string } };
}

const review: Check<SelfSubjectReview> = open<SelfSubjectReview>({
  status: open<SelfSubjectReview['status']>({
    userInfo: open<SelfSubjectReview['status']['userInfo']>({ username: name }),
  }),
});

/** Null for an object that is none: it does not count. */
export function parseApproval(object: unknown): Approval | null {
  const found = parsed(object, approvalObject, 'approval');
  if (!found.ok) return null;
  const { run, planDigest, decision, by, comment = '', notAfter } = found.value.spec;
  const notAfterMs = notAfter === undefined ? null : Date.parse(notAfter);
  return { run, planDigest, decision, by, comment, notAfterMs };
}

/** With a name that the API server makes: a person may approve again, with a later end. */
export function approvalManifest({ notAfterMs, ...spec }: Approval): object {
  return {
    apiVersion: `${APPROVALS.group}/${APPROVALS.version}`,
    kind: 'Approval',
    metadata: { generateName: `${spec.run}-` },
    spec: { ...spec, ...(notAfterMs === null ? {} : { notAfter: new Date(notAfterMs).toISOString() }) },
  };
}

/** The user of an answered SelfSubjectReview; null where it names none. */
export function parseOwnName(object: unknown): string | null {
  const found = parsed(object, review, 'review');
  return found.ok ? found.value.status.userInfo.username : null;
}
