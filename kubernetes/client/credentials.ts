/**
 * Headers and TLS connections for requests to the API server.
 *
 * client-node makes a dispatcher, and so a TLS connection that stays open, for every request: 100 GETs cost 100
 * sockets. Here one dispatcher is shared until the certificates change. Tokens are asked for again every few seconds:
 * client-node re-reads a service account's token file each minute and runs an exec plugin when its token expires.
 */

import type { RequestOptions } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
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
  /**
   * After a 401: reads files and runs the exec plugin again, at most once a second for all requests together. True where
   * the credentials are others than those used, so that the request is worth sending again.
   */
  renewed(used: Credentials): Promise<boolean>;
  close(): Promise<void>;
}

/** How long headers are used before client-node is asked for them again, and a changed kubeconfig is found. */
const HEADERS_AGE_MAX_MS = 5_000;
/** A plugin is a process: a thousand requests that are refused together start one. */
const RENEWAL_PAUSE_MS = 1_000;

/** Connections to one API server; more requests wait in the client. A watch holds one. */
const POOL_OPTIONS = { connections: 64, keepAliveTimeout: 60_000, allowH2: false } as const;

interface TlsOptions extends RequestOptions {
  headers?: Record<string, string>;
  auth?: string;
}

export interface CredentialOptions {
  readonly connectTimeoutMs: number;
  readonly proxyFor: (target: string) => string | null;
}

export function createCredentialStore(
  source: KubeconfigSource,
  { connectTimeoutMs, proxyFor }: CredentialOptions,
): CredentialStore {
  let loaded = load(source);
  let shared: { readonly material: string; readonly dispatcher: Dispatcher } | null = null;
  let cached: { readonly credentials: Credentials; readonly atMs: number } | null = null;
  let renewing: Promise<Credentials> | null = null;
  let renewedMs = Number.NEGATIVE_INFINITY;

  /** A file that is being written, or is away for a moment, leaves what was loaded before. */
  function loadAgain({ evenIfSame }: { evenIfSame: boolean }): void {
    try {
      const found = load(source);
      if (evenIfSame || found.text !== loaded.text) loaded = found;
    } catch {
      // The credentials from before are used, and what the API server says of them is reported.
    }
  }

  async function refresh(): Promise<Credentials> {
    const { config } = loaded;
    const options: TlsOptions = {};
    await config.applyToHTTPSOptions(options);
    const proxy = proxyOf(config, proxyFor);
    const material = tlsMaterial(config, options, proxy);
    if (shared === null || shared.material !== material) {
      const previous = shared?.dispatcher;
      shared = { material, dispatcher: await createDispatcher(config, { options, proxy, connectTimeoutMs }) };
      // Requests under way end on the old connections; a watch that stays open there ends with its own timeout.
      previous?.close().catch(() => undefined);
    }
    const credentials = { server: serverOf(config), headers: headersOf(options), dispatcher: shared.dispatcher };
    cached = { credentials, atMs: performance.now() };
    return credentials;
  }

  async function current(): Promise<Credentials> {
    if (cached !== null && performance.now() - cached.atMs < HEADERS_AGE_MAX_MS) return cached.credentials;
    loadAgain({ evenIfSame: false });
    return refresh();
  }

  async function renew(): Promise<Credentials> {
    const pauseMs = renewedMs + RENEWAL_PAUSE_MS - performance.now();
    if (pauseMs > 0) await delay(pauseMs);
    renewedMs = performance.now();
    // What client-node keeps of token files and plugins goes with the object that keeps it.
    loadAgain({ evenIfSame: true });
    return refresh();
  }

  return {
    current,
    async renewed(used) {
      if (cached !== null && !isSame(cached.credentials, used)) return true;
      renewing ??= renew().finally(() => {
        renewing = null;
      });
      return !isSame(await renewing, used);
    },
    async close() {
      await shared?.dispatcher.destroy();
    },
  };
}

interface LoadedKubeconfig {
  readonly config: KubeConfig;
  /** As it was loaded: auth providers write into it. */
  readonly text: string;
}

function load(source: KubeconfigSource): LoadedKubeconfig {
  const config = loadKubeconfig(source);
  const { clusters, users, contexts, currentContext } = config;
  return { config, text: JSON.stringify({ clusters, users, contexts, currentContext }) };
}

function isSame(one: Credentials, other: Credentials): boolean {
  return one.dispatcher === other.dispatcher && JSON.stringify(one.headers) === JSON.stringify(other.headers);
}

function serverOf(config: KubeConfig): string {
  return config.getCurrentCluster()?.server ?? '';
}

/** As client-node names the cluster of a pod's service account. */
const IN_CLUSTER = 'inCluster';
const HTTPS_PORT = '443';

function proxyOf(config: KubeConfig, proxyFor: CredentialOptions['proxyFor']): string | null {
  const cluster = config.getCurrentCluster();
  if (cluster?.proxyUrl) return cluster.proxyUrl;
  if (cluster === null || cluster.name === IN_CLUSTER || !URL.canParse(cluster.server)) return null;
  const { protocol, hostname, port } = new URL(cluster.server);
  return protocol === 'https:' ? proxyFor(`${hostname}:${port || HTTPS_PORT}`) : null;
}

/** Equal while the same connections can serve. */
function tlsMaterial(config: KubeConfig, options: TlsOptions, proxy: string | null): string {
  const parts = [options.ca, options.cert, options.key, options.rejectUnauthorized, options.servername];
  return [serverOf(config), proxy, ...parts].map(String).join('\n');
}

function headersOf(options: TlsOptions): Record<string, string> {
  const headers: Record<string, string> = { ...options.headers, 'User-Agent': 'vigilante' };
  if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}

type TlsMaterial = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;

async function createDispatcher(
  config: KubeConfig,
  of: { options: TlsOptions; proxy: string | null; connectTimeoutMs: number },
): Promise<Dispatcher> {
  const { options, proxy, connectTimeoutMs } = of;
  const tls = tlsOf(options);
  // Shorter than the idle time-outs of cloud load balancers, as client-go does.
  const connect = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: connectTimeoutMs };
  if (proxy === null) return new Agent({ ...POOL_OPTIONS, connect: { ...tls, ...connect } });
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
