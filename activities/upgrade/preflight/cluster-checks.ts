/** Checks of what the API servers and the nodes say of themselves. */

import { certificateFindings, describeCertificates } from '../../../domain/upgrade/preflight/certificates.ts';
import {
  apiHealthFindings,
  describeNodes,
  nodeFindings,
  signingFindings,
} from '../../../domain/upgrade/preflight/health.ts';
import {
  describeAges,
  describeTarget,
  removedApiFindings,
  removedApis,
} from '../../../domain/upgrade/preflight/removed-apis.ts';
import { skewFindings } from '../../../domain/upgrade/preflight/skew.ts';
import { askDeprecatedApis, askReadyz, listApiServices } from '../../../kubernetes/upgrade/api-health.ts';
import { listSigningRequests } from '../../../kubernetes/upgrade/signing-requests.ts';
import { certificatesOf } from './certificates.ts';
import type { Finder } from './found.ts';
import { requestsSeen } from './requests-seen.ts';

export const skew: Finder = async ({ observe, settings }, { input }) => {
  const versions = await observe();
  const { kubernetes, etcd } = input.versions;
  const target = { kubernetes, etcd };
  const findings = skewFindings({ versions, target, parts: input.parts, endpoint: settings.endpoint });
  return { findings, fine: ['every version may meet the others', ...versions.unjudged].join('; ') };
};

export const apiHealth: Finder = async ({ cluster }, { apiServers }) => {
  const servers = await Promise.all((await apiServers()).map(askReadyz));
  const services = await listApiServices(cluster);
  const fine = `${servers.length} API servers are ready, ${services.length} APIServices available`;
  return { findings: apiHealthFindings(servers, services), fine };
};

export const nodes: Finder = async (_, look) => {
  const all = await look.nodes();
  return { findings: nodeFindings(all), fine: describeNodes(all) };
};

export const pendingCsrs: Finder = async ({ cluster }, { nowMs }) => {
  const findings = signingFindings(await listSigningRequests(cluster), nowMs);
  return { findings, fine: 'no kubelet waits for a certificate' };
};

/** Prometheus is asked about those alone that the target does not serve. */
export const removed: Finder = async ({ prometheus, settings }, { input, apiServers, nowMs }) => {
  const servers = await Promise.all((await apiServers()).map(askDeprecatedApis));
  const target = input.versions.kubernetes;
  const requests = prometheus === null ? null : await requestsSeen(prometheus, removedApis({ servers, target }));
  const question = { servers, target, requests, lookBackMs: settings.lookBackMs };
  const fine = `${describeTarget(target)} (${describeAges(servers, nowMs)})`;
  return { findings: removedApiFindings(question, nowMs), fine };
};

export const certificates: Finder = async (deps, look) => {
  const all = await certificatesOf(deps, look);
  return { findings: certificateFindings(all, look.nowMs), fine: describeCertificates(all) };
};
