/** The echo of the real nodes: `vigilante echo` on the host behind their router, with the key of the sandbox. */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { logTail } from '../child-process.ts';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';
import { echoConfiguration } from '../probing-pods/echo-files.ts';
import { waitUntil } from '../wait-until.ts';
import { ECHO_ADDRESS, ECHO_PORT } from './addresses.ts';
import { inNetworkOf } from './namespaces.ts';
import { startOnEchoHost } from './network.ts';

const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
/** In the network of that host, where nothing else listens. */
const METRICS_PORT = 8001;
const READY_TIMEOUT_MS = 120_000;

/** @param host process that holds the network of the host behind the router */
export async function startRealEcho(
  layout: SandboxLayout,
  { host, program = VIGILANTE }: { readonly host: number; readonly program?: string | undefined },
): Promise<void> {
  const config = fileOf(layout, 'real-echo.yaml');
  const endpoint = `${ECHO_ADDRESS}:${ECHO_PORT}`;
  await writeFile(config, stringify(echoConfiguration(layout, { endpoint, metricsPort: METRICS_PORT })));
  const args = ['echo', '--config', config];
  const echo = await startOnEchoHost(layout, { name: 'real-echo', program, args, echo: host });
  const ask = `curl -q -sf -o /dev/null --noproxy '*' http://${LOOPBACK}:${METRICS_PORT}/readyz`;
  await waitUntil(
    () =>
      inNetworkOf(host, ask).then(
        () => true,
        () => false,
      ),
    {
      what: 'the echo behind the router to be ready',
      timeoutMs: READY_TIMEOUT_MS,
      explain: async () => `its log ends with:\n${await logTail(echo.logPath)}`,
    },
  );
}
