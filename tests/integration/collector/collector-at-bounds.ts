/** Fills a collector up to its bounds and asks it for all that it has, several times at once. */

import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';

import { callUrl } from './collector-call.ts';
import { reportBody } from './collector-world.ts';

export type FillKind = 'ten-urls' | 'large-ascii' | 'large-cjk';

export interface Filled {
  readonly stored: number;
  /** By status. */
  readonly refused: Readonly<Record<number, number>>;
}

export interface Asked {
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

const POSTS_AT_ONCE = 16;
const URLS = 10;
/** Below what a report may have, 64 KiB. */
const LARGE_REPORT_BYTES = 64_000;
/** Each below the 2,048 characters that a text may have. */
const LIST_ITEMS = 32;
/** Bytes of this character. */
const CJK_BYTES = 3;
const KIB_PER_MIB = 1_024;

/** What Prometheus, tools and people ask, at the same time. */
const PATHS = [
  '/metrics',
  '/metrics',
  '/metrics',
  '/api/v1/agents/',
  '/api/v1/agents/',
  '/api/v1/connectivity_check',
  '/api/v2/agents?limit=10000',
  '/api/v2/nodes?limit=10000',
  '/api/v2/connectivity?names=10000',
  '/api/v2/transitions?limit=10000',
  '/api/v2/openapi.json',
  '/readyz',
] as const;

/** One report of each agent. */
export async function fillCollector(url: string, names: readonly string[], kind: FillKind): Promise<Filled> {
  const refused: Record<number, number> = {};
  let stored = 0;
  let next = 0;
  const post = async () => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      const { status } = await callUrl(`${url}/api/v1/agents/${name}`, 'POST', { body: bodyOf(name, kind) });
      if (status === 200) stored += 1;
      else refused[status] = (refused[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_ONCE }, post));
  return { stored, refused };
}

function bodyOf(name: string, kind: FillKind): string {
  const nodename = `node-of-${name}`;
  if (kind === 'ten-urls') {
    const urlOf = (index: number) =>
      `http://service-${index}.namespace-${index}.svc.cluster.local:8080/healthz?of=${name}`;
    const network_probes = Array.from({ length: URLS }, (_, index) => ({
      URL: urlOf(index),
      ConnectionResult: 1,
      HTTPCode: 200,
      Total: 0x8637bd05af6,
      ContentTransfer: 12,
      TCPConnection: 3,
      DNSLookup: 2,
      Connect: 5,
      ServerProcessing: 4,
    }));
    return reportBody(name, { nodename, network_probes });
  }
  const itemBytes = LARGE_REPORT_BYTES / LIST_ITEMS - 4;
  const text = kind === 'large-ascii' ? 'x'.repeat(itemBytes) : '字'.repeat(Math.floor(itemBytes / CJK_BYTES));
  return reportBody(name, { nodename, nslookup: { host: Array.from({ length: LIST_ITEMS }, () => text) } });
}

/** All at once; the bodies are counted as they come and not kept. */
export async function askForAll(url: string): Promise<readonly Asked[]> {
  const dispatcher = new Agent({ connections: PATHS.length, bodyTimeout: 0, headersTimeout: 0 });
  const asked = PATHS.map(async (path) => {
    const answer = await request(`${url}${path}`, { dispatcher });
    let bytes = 0;
    for await (const chunk of answer.body) bytes += (chunk as Buffer).length;
    return { path, status: answer.statusCode, bytes };
  });
  try {
    return await Promise.all(asked);
  } finally {
    await dispatcher.close();
  }
}

/** The most memory that the process ever had, and what it has now. */
export async function memoryMb(pid: number): Promise<{ readonly peak: number; readonly now: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mbOf = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / KIB_PER_MIB);
  return { peak: mbOf('VmHWM'), now: mbOf('VmRSS') };
}
