/** The agent's token and the collector's certificate authority: files that change while it runs. */

import { readFileSync } from 'node:fs';

import type { AgentLog } from './agent-log.ts';
import { reasonOf } from './reason.ts';

export interface AccessFiles {
  /** Null where none is configured. Throws where the file cannot be read, or holds no token. */
  token(): string | null;
  /** PEM; null where none is configured, or the file could never be read: then the public authorities hold. */
  ca(): string | null;
}

/** They are read at each use, which is twice an interval: kubelet replaces a token well before it expires. */
export function createAccessFiles(
  files: { readonly tokenFile: string | null; readonly caFile: string | null },
  log: AgentLog,
): AccessFiles {
  let lastCa: string | null = null;
  let caProblem: string | null = null;

  return {
    token() {
      if (files.tokenFile === null) return null;
      const token = readFileSync(files.tokenFile, 'utf8').trim();
      if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${files.tokenFile} holds no token`);
      return token;
    },
    ca() {
      if (files.caFile === null) return null;
      try {
        lastCa = readFileSync(files.caFile, 'utf8');
        caProblem = null;
      } catch (error) {
        const problem = reasonOf(error);
        if (problem !== caProblem) log.warn('the certificate authority cannot be read', { problem });
        caProblem = problem;
      }
      return lastCa;
    },
  };
}
