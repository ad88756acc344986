/** The key of a sandbox's echo, made for it alone, and the configuration that the echo is started with. */

import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { type EchoLayout, fileOf, type SandboxLayout } from '../layout.ts';
import { freePorts, LOOPBACK } from '../ports.ts';

/** Name of the echo, and of the endpoint where healing is told of it. */
export const SANDBOX_ECHO = 'sandbox';

export interface PreparedEcho {
  readonly layout: EchoLayout;
  /** PEM, PKCS 8. */
  readonly privateKey: string;
}

export async function prepareEcho(): Promise<PreparedEcho> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const [port, metricsPort] = await freePorts(2);
  if (port === undefined || metricsPort === undefined) throw new Error('expected two ports');
  return {
    layout: { port, metricsPort, publicKey: String(publicKey.export({ format: 'jwk' }).x) },
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export async function writeEchoFiles(sandbox: SandboxLayout, { layout, privateKey }: PreparedEcho): Promise<void> {
  await writeFile(keyFileOf(sandbox), privateKey, { mode: 0o600 });
  const config = echoConfiguration(sandbox, {
    endpoint: `${LOOPBACK}:${layout.port}`,
    metricsPort: layout.metricsPort,
  });
  await writeFile(fileOf(sandbox, 'echo.yaml'), stringify(config));
}

/** Of an echo with the sandbox's name and key, wherever it stands. */
export function echoConfiguration(
  sandbox: SandboxLayout,
  place: { readonly endpoint: string; readonly metricsPort: number },
): object {
  return { http: { host: LOOPBACK }, echo: { name: SANDBOX_ECHO, keyFile: keyFileOf(sandbox), ...place } };
}

function keyFileOf(sandbox: SandboxLayout): string {
  return fileOf(sandbox, 'echo-key.pem');
}
