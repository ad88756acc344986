/** Addresses that an agent is given: of the collector, and of what it probes. Null where the text is none. */

export interface CollectorEndpoint {
  /** `scheme://host:port` as it was given; the scheme is http where none was given. */
  readonly origin: string;
  /** Name or address, without the brackets of IPv6. */
  readonly host: string;
}

export interface TcpTarget {
  /** As it was given. */
  readonly target: string;
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;
const HOST_LENGTH_MAX = 253;

export function parseEndpoint(text: string): CollectorEndpoint | null {
  const address = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  const url = parseHttpUrl(address);
  if (url === null || url.pathname !== '/' || /[?#@]/.test(address)) return null;
  return { origin: address.replace(/\/$/, ''), host: withoutBrackets(url.hostname) };
}

export function parseHttpUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}

export function parseTcpTarget(target: string): TcpTarget | null {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(target);
  const host = withoutBrackets(parts?.[1] ?? '');
  const port = Number(parts?.[2] ?? 0);
  return host !== '' && host.length <= HOST_LENGTH_MAX && port >= 1 && port <= PORT_MAX ? { target, host, port } : null;
}

export function parseHostName(text: string): string | null {
  return text.length <= HOST_LENGTH_MAX && /^[\w-]+(\.[\w-]+)*\.?$/.test(text) ? text : null;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
