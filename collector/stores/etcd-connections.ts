/** Connections to etcd, with certificates that are read again when their files change. */

import { readFileSync } from 'node:fs';
import { Agent } from 'undici';

export interface EtcdTlsFiles {
  readonly certificateFile: string | null;
  readonly keyFile: string | null;
  readonly caFile: string | null;
}

export interface EtcdConnections {
  /** Throws where a file cannot be read and none was read before. */
  current(): Agent;
  close(): Promise<void>;
}

/** The files are small, and a certificate is renewed long before it ends. */
const LOOK_EVERY_MS = 5_000;
/** One write at a time, one watch, one probe, and some room. */
const CONNECTIONS_MAX = 8;

interface TlsMaterial {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

export function createEtcdConnections(files: EtcdTlsFiles, { connectTimeoutMs }: { connectTimeoutMs: number }) {
  let shared: { readonly material: string; readonly agent: Agent } | null = null;
  let lookedMs = Number.NEGATIVE_INFINITY;

  function look(): Agent {
    const tls = readTls(files);
    const material = JSON.stringify(tls);
    if (shared === null || shared.material !== material) {
      const previous = shared?.agent;
      const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 10_000, timeout: connectTimeoutMs };
      shared = { material, agent: new Agent({ connect, connections: CONNECTIONS_MAX }) };
      // What is under way ends on the old connections.
      previous?.close().catch(() => undefined);
    }
    return shared.agent;
  }

  const connections: EtcdConnections = {
    current() {
      if (shared !== null && performance.now() - lookedMs < LOOK_EVERY_MS) return shared.agent;
      lookedMs = performance.now();
      try {
        return look();
      } catch (error) {
        // Files that are being replaced: the old connections still serve.
        if (shared !== null) return shared.agent;
        throw error;
      }
    },
    async close() {
      await shared?.agent.destroy();
    },
  };
  return connections;
}

function readTls({ certificateFile, keyFile, caFile }: EtcdTlsFiles): TlsMaterial {
  return {
    ...(certificateFile !== null && { cert: readFileSync(certificateFile, 'utf8') }),
    ...(keyFile !== null && { key: readFileSync(keyFile, 'utf8') }),
    ...(caFile !== null && { ca: readFileSync(caFile, 'utf8') }),
  };
}
