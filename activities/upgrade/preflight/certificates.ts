/** Serving certificates of API servers, etcd and kubelets, by handshake, and the CA bundles of webhooks. */

import pMap from 'p-map';

import { messageOf } from '../../../domain/error-message.ts';
import type { CertificateFacts } from '../../../domain/upgrade/preflight/certificates.ts';
import { servedUntilMs, type TlsAddress } from '../../../kubernetes/upgrade/certificate-end.ts';
import type { PreflightDeps } from './deps.ts';
import type { Look } from './look.ts';

const KUBELETS_AT_ONCE = 50;
const HTTPS_PORT = 443;

export async function certificatesOf({ etcd }: PreflightDeps, look: Look): Promise<readonly CertificateFacts[]> {
  const servers = (await look.apiServers()).map(({ url, serverName }) => ({
    name: `kube-apiserver ${url}`,
    url,
    serverName,
  }));
  const members = (etcd?.endpoints ?? []).map((url) => ({ name: `etcd ${url}`, url, serverName: null }));
  const served = [...servers, ...members].filter(({ url }) => url.startsWith('https:'));
  const kubelets = (await look.nodes()).flatMap(({ name, addresses: [host], kubeletPort: port }) =>
    host === undefined ? [] : [{ name: `kubelet ${name}`, address: { host, port, serverName: null } }],
  );
  return [
    ...(await Promise.all(
      served.map(({ name, url, serverName }) => endOf({ name, address: addressOf(url, serverName), isNeeded: true })),
    )),
    ...(await pMap(kubelets, (kubelet) => endOf({ ...kubelet, isNeeded: false }), { concurrency: KUBELETS_AT_ONCE })),
    ...(await look.webhooks()).flatMap(({ name, caNotAfterMs }): readonly CertificateFacts[] =>
      caNotAfterMs === null ? [] : [{ name, end: { notAfterMs: caNotAfterMs }, isNeeded: true }],
    ),
  ];
}

async function endOf({
  name,
  address,
  isNeeded,
}: Omit<CertificateFacts, 'end'> & { readonly address: TlsAddress }): Promise<CertificateFacts> {
  try {
    return { name, end: { notAfterMs: await servedUntilMs(address) }, isNeeded };
  } catch (error) {
    return { name, end: { silent: messageOf(error) }, isNeeded };
  }
}

function addressOf(url: string, serverName: string | null): TlsAddress {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? HTTPS_PORT : Number(port), serverName };
}
