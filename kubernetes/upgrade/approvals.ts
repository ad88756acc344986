/** Reads and writes approvals of upgrades, which are custom resources of the cluster that is upgraded. */

import { APPROVALS, approvalManifest, parseApproval, parseOwnName } from '../../contracts/upgrade/approval.ts';
import type { Approval } from '../../domain/upgrade/approvals.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { resourceOf } from '../client/resource.ts';

export interface Approvals {
  /** All of them; what is no approval is left out. */
  list(): Promise<readonly Approval[]>;
  /** Writes it as the person that the API server knows us as. */
  create(approval: Omit<Approval, 'by'>): Promise<Approval>;
}

export function createApprovals(connection: ClusterConnection, namespace: string): Approvals {
  const approvals = resourceOf(connection, { ...APPROVALS, namespace });
  return {
    async list() {
      const found: Approval[] = [];
      for await (const { items } of approvals.pages()) {
        found.push(...items.map(parseApproval).filter((one) => one !== null));
      }
      return found;
    },
    async create(given) {
      const approval = { ...given, by: await ownName(connection) };
      await approvals.create(approvalManifest(approval), { about: `${given.decision} of ${given.run}` });
      return approval;
    },
  };
}

/** What the API server authenticates us as; every user may ask. */
async function ownName(connection: ClusterConnection): Promise<string> {
  const reviews = resourceOf(connection, {
    group: 'authentication.k8s.io',
    version: 'v1',
    plural: 'selfsubjectreviews',
    namespace: null,
  });
  const about = 'who we are';
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const found = parseOwnName(await reviews.create(review, { about }));
  if (found === null) throw new Error('the API server does not say who we are');
  return found;
}
