/**
 * Headers and TLS connections for requests to the API server.
 *
 * client-node makes a dispatcher, and so a TLS connection that stays open, for every request: 100 GETs cost 100
 * sockets. Here one dispatcher is shared until the certificates change. Tokens are asked for again every few seconds:
 * client-node re-reads a service account's token file each minute and runs an exec plugin when its token expires.
 */

import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';

import { type KubeconfigSource, loadKubeconfig } from './kubeconfig.ts';

export interface Credentials {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

export interface CredentialStore {
  current(): Promise<Credentials>;
  /** After a 401: loads the source again, so that a rotated token in a file is found at once. */
  reload(): void;
  close(): Promise<void>;
}

/** How long headers are used before client-node is asked for them again. */
const HEADERS_AGE_MAX_MS = 5_000;

/** Connections to one API server; more requests wait in the client. A watch holds one. */
const POOL_OPTIONS = { connections: 64, keepAliveTimeout: 60_000, allowH2: false } as const;

interface TlsOptions extends RequestOptions {
  headers?: Record<string, string>;
  auth?: string;
}

export function createCredentialStore(
  source: KubeconfigSource,
  { connectTimeoutMs }: { connectTimeoutMs: number },
): CredentialStore {
  let config = loadKubeconfig(source);
  let shared: { readonly material: string; readonly dispatcher: Dispatcher } | null = null;
  let cached: { readonly credentials: Credentials; readonly atMs: number } | null = null;

  async function refresh(): Promise<Credentials> {
    const options: TlsOptions = {};
    await config.applyToHTTPSOptions(options);
    const material = tlsMaterial(config, options);
    if (shared === null || shared.material !== material) {
      const previous = shared?.dispatcher;
      shared = { material, dispatcher: await createDispatcher(config, { options, connectTimeoutMs }) };
      // Requests under way end on the old connections; a watch that stays open there ends with its own timeout.
      previous?.close().catch(() => undefined);
    }
    const credentials = { server: serverOf(config), headers: headersOf(options), dispatcher: shared.dispatcher };
    cached = { credentials, atMs: Date.now() };
    return credentials;
  }

  return {
    async current() {
      const fresh = cached !== null && Date.now() - cached.atMs < HEADERS_AGE_MAX_MS;
      return fresh && cached !== null ? cached.credentials : refresh();
    },
    reload() {
      config = loadKubeconfig(source);
      cached = null;
    },
    async close() {
      await shared?.dispatcher.destroy();
    },
  };
}

function serverOf(config: KubeConfig): string {
  return config.getCurrentCluster()?.server ?? '';
}

/** Equal while the same connections can serve. */
function tlsMaterial(config: KubeConfig, options: TlsOptions): string {
  const cluster = config.getCurrentCluster();
  const parts = [options.ca, options.cert, options.key, options.rejectUnauthorized, options.servername];
  return [cluster?.server, cluster?.proxyUrl, ...parts].map(String).join('\n');
}

function headersOf(options: TlsOptions): Record<string, string> {
  const headers: Record<string, string> = { ...options.headers, 'User-Agent': 'vigilante' };
  if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}

type TlsMaterial = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;

async function createDispatcher(
  config: KubeConfig,
  { options, connectTimeoutMs }: { options: TlsOptions; connectTimeoutMs: number },
): Promise<Dispatcher> {
  const tls = tlsOf(options);
  const proxy = config.getCurrentCluster()?.proxyUrl;
  // Shorter than the idle time-outs of cloud load balancers, as client-go does.
  const connect = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: connectTimeoutMs };
  if (proxy === undefined) return new Agent({ ...POOL_OPTIONS, connect: { ...tls, ...connect } });
  if (!proxy.startsWith('socks')) return new ProxyAgent({ ...POOL_OPTIONS, uri: proxy, requestTls: tls, connect });
  // Only client-node can make the connector for a SOCKS proxy; nothing is sent here.
  const context = new RequestContext(serverOf(config), HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  if (dispatcher === undefined) throw new Error(`no connection for proxy ${proxy}`);
  return dispatcher;
}

/** Without undefined members, which TLS would take for values. */
function tlsOf({ ca, cert, key, rejectUnauthorized, servername }: TlsOptions): TlsMaterial {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    ...(servername !== undefined && { servername }),
  };
}
