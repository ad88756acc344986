/** A real `vigilante echo` beside that of a sandbox, whose name, key and port are known before the sandbox is there. */

import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { SOURCE_PATH } from '../../contracts/healing/echo-answer.ts';
import { startProcess } from '../../sandbox/child-process.ts';
import { logOf, type SandboxLayout } from '../../sandbox/layout.ts';
import { answersOk, READY_TIMEOUT_MS } from '../../sandbox/parts/part.ts';
import { freePorts, LOOPBACK } from '../../sandbox/ports.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));

export interface NamedEcho {
  readonly port: number;
  /** As `healing.echo.endpoints` has it; `port`: of what stands in front of the echo. */
  endpoint(port?: number): object;
  /** As a process of the sandbox, which ends it. */
  start(sandbox: SandboxLayout): Promise<void>;
}

export async function namedEcho(name: string): Promise<NamedEcho> {
  const [port = 0, metricsPort = 0] = await freePorts(2);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const publicKeys = [publicKey.export({ format: 'jwk' }).x];
  return {
    port,
    endpoint: (at = port) => ({ name, url: `http://${LOOPBACK}:${at}${SOURCE_PATH}`, publicKeys }),
    async start(sandbox) {
      const keyFile = join(sandbox.folder, `${name}.pem`);
      const config = join(sandbox.folder, `${name}.yaml`);
      await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      const echo = { name, keyFile, endpoint: `${LOOPBACK}:${port}`, metricsPort };
      await writeFile(config, stringify({ http: { host: LOOPBACK }, echo }));
      await startProcess({
        name,
        program: VIGILANTE,
        args: ['echo', '--config', config],
        env: {},
        sandboxId: sandbox.id,
        logPath: logOf(sandbox, name),
      });
      await waitUntil(() => answersOk(`http://${LOOPBACK}:${metricsPort}/readyz`), {
        what: `the echo ${name} to be ready`,
        timeoutMs: READY_TIMEOUT_MS,
      });
    },
  };
}
