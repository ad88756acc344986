/** When certificates end: those of a bundle, and the one that a server shows. */

import { X509Certificate } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Of the certificate that ends last: a bundle is good while one of it is. Null for a bundle without any. */
export function bundleEndMs(base64: string): number | null {
  const found = Buffer.from(base64, 'base64').toString('utf8').match(CERTIFICATE) ?? [];
  const ends = found.flatMap((pem) => endOf(pem));
  return ends.length === 0 ? null : Math.max(...ends);
}

/** One that cannot be read is none. */
function endOf(pem: string): readonly number[] {
  try {
    return [new X509Certificate(pem).validToDate.getTime()];
  } catch {
    return [];
  }
}

export interface TlsAddress {
  readonly host: string;
  readonly port: number;
  /** Null: none is sent. */
  readonly serverName: string | null;
}

const HANDSHAKE_TIMEOUT_MS = 5_000;

/** By a handshake alone: whether it is trusted is not asked, and nothing is sent. Rejects where none succeeds. */
export function servedUntilMs({ host, port, serverName }: TlsAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host,
      port,
      ...(serverName === null ? {} : { servername: serverName }),
      // Only the end of the certificate is read.
      rejectUnauthorized: false,
      timeout: HANDSHAKE_TIMEOUT_MS,
    });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('timeout', () => fail(new Error(`no handshake in ${HANDSHAKE_TIMEOUT_MS / 1_000} s`)));
    socket.once('secureConnect', () => {
      const { valid_to: end } = socket.getPeerCertificate();
      socket.destroy();
      const endMs = Date.parse(end);
      if (Number.isNaN(endMs)) reject(new Error('it showed no certificate'));
      else resolve(endMs);
    });
  });
}
