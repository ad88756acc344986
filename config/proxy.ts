/** The egress proxy of the environment, as curl and Go read it: HTTPS_PROXY and NO_PROXY, in capitals or not. */

import { BlockList, isIP } from 'node:net';

import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

export interface ProxyAddress {
  /** `host:port`. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  /** With the credentials. */
  readonly url: string;
  /** Without them, for messages. */
  readonly shown: string;
}

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY'];
const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY'];
const DEFAULT_PORT = '80';

/**
 * The proxy for a target, or null where it is reached directly: names of this machine and of the cluster always, the
 * others where NO_PROXY names them. Throws `ConfigError` for a proxy that cannot be used, before anything is sent past it.
 *
 * @param target `host:port`, IPv6 in brackets
 */
export function proxyFor(target: string, env: Environment = process.env): ProxyAddress | null {
  const [variable, value] = firstSet(env, PROXY_VARIABLES);
  if (value === '' || isDirect(target, firstSet(env, NO_PROXY_VARIABLES)[1])) return null;
  return parseProxy(variable, value);
}

function firstSet(env: Environment, variables: readonly string[]): readonly [string, string] {
  for (const variable of variables) {
    const value = env[variable]?.trim() ?? '';
    if (value !== '') return [variable, value];
  }
  return ['', ''];
}

/** Only the protocol that the Temporal SDK speaks: CONNECT without TLS to the proxy itself. */
function parseProxy(variable: string, value: string): ProxyAddress {
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'http:' || url.hostname === '') {
    const shown = url === null ? value : withoutPassword(url);
    const expected = 'expected an HTTP proxy, http://[user:password@]host:port, or the target in NO_PROXY';
    throw new ConfigError('the environment', [`${variable}=${shown}: ${expected}`]);
  }
  return {
    address: `${url.hostname}:${url.port || DEFAULT_PORT}`,
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    url: url.href,
    shown: `${withoutPassword(url)} (${variable})`,
  };
}

function withoutPassword(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

function isDirect(target: string, exceptions: string): boolean {
  const { host, port } = splitTarget(target);
  if (isOfMachineOrCluster(host)) return true;
  return exceptions.split(',').some((entry) => matches(entry.trim().toLowerCase(), { host, port }));
}

function splitTarget(target: string): { host: string; port: string } {
  const [, bracketed, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(target) ?? [];
  return { host: (bracketed ?? plain).toLowerCase().replace(/\.$/, ''), port };
}

/** A proxy outside cannot resolve these names. */
function isOfMachineOrCluster(host: string): boolean {
  if (isIP(host) !== 0) return host === '::1' || host.startsWith('127.');
  return !host.includes('.') || host.endsWith('.svc') || host.endsWith('.cluster.local') || host.endsWith('.localhost');
}

/** An entry is `*`, a name with all names below it, an address, or a block of addresses; each with a port or without. */
function matches(entry: string, { host, port }: { host: string; port: string }): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return isInBlock(entry, host);
  const named = isIP(entry) === 6 ? { host: entry, port: '' } : splitTarget(entry);
  if (named.port !== '' && named.port !== port) return false;
  const name = named.host.replace(/^\*?\./, '');
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function isInBlock(block: string, host: string): boolean {
  const [network = '', prefix = ''] = block.split('/');
  const family = isIP(network);
  const length = Number(prefix);
  if (family === 0 || isIP(host) !== family || !(length >= 0 && length <= (family === 4 ? 32 : 128))) return false;
  const list = new BlockList();
  list.addSubnet(network, length, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
