/** Asks a server for its certificate, as a client that trusts one alone. */

import { once } from 'node:events';
import { connect } from 'node:tls';
import { LOOPBACK } from '../../sandbox/ports.ts';
import type { TestCertificate } from '../fixtures/certificates.ts';

/** Whether the server's certificate is good by this one: both are self-signed. */
export async function isTrusted(port: number, by: TestCertificate): Promise<boolean> {
  const socket = connect({ port, host: LOOPBACK, servername: 'localhost', ca: by.cert });
  try {
    await once(socket, 'secureConnect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
