/** Two processes on one machine want the same port. */

import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { freePorts } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startTemporalServer } from '../runtime/temporal-server.ts';
import { type Ours, type Processes, prepareProcesses, type Started } from './processes.ts';

let processes: Processes;
let taken: { readonly server: Server; readonly port: number };

beforeAll(async () => {
  processes = await prepareProcesses();
});

afterAll(() => processes.stop());

afterEach(() => void taken?.server.close());

async function takePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, resolve));
  taken = { server, port };
  return port;
}

test.each([
  ['worker', 'http', 'metrics and health', 'http.port (or VIGILANTE_HTTP_PORT)'],
  ['starter', 'http', 'metrics and health', 'http.port (or VIGILANTE_HTTP_PORT)'],
  ['collector', 'collector', 'the API of the collector', 'collector.endpoint (or VIGILANTE_COLLECTOR_ENDPOINT)'],
] as const)(
  'a %s whose port is taken says port and key in one line, without a stack, and ends with code 69',
  async (name, which, what, key) => {
    const port = await takePort();
    const { code, output } = await (await processes.start(name, { ports: { [which]: port } })).ended;
    expect(output).toContain(
      `cannot serve ${what} on port ${port}: another process listens there (EADDRINUSE); check ${key}`,
    );
    expect(output).not.toMatch(/^\s+at /m);
    expect(output).not.toContain('"stack"');
    expect(code).toBe(69);
  },
);

async function pageOf({ ports }: Started, path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${ports.http}${path}`)).text();
}

async function startWithoutSdkMetrics(name: Ours, env: Record<string, string>): Promise<Started> {
  const started = await processes.start(name, { ports: { sdkMetrics: await takePort() }, env });
  await started.untilAnswering(`http://127.0.0.1:${started.ports.http}/readyz`);
  return started;
}

test.each(['worker', 'starter'] as const)(
  "a %s goes on where the port of the SDK's metrics is taken, and says so in its log, /readyz and metrics",
  async (name) => {
    const server = await startTemporalServer();
    try {
      const started = await startWithoutSdkMetrics(name, {
        TEMPORAL_ADDRESS: server.profile.address,
      });
      const warning = `cannot serve the Temporal SDK's metrics on port ${taken.port}: `;
      await waitUntil(async () => (await pageOf(started, '/readyz')).includes('"temporal":"ok"'), {
        what: `the ${name} to reach Temporal`,
        timeoutMs: 120_000,
      });
      if (name === 'worker') {
        await waitUntil(async () => (await pageOf(started, '/readyz')).includes('"worker":"ok"'), {
          what: 'the worker to take work',
          timeoutMs: 120_000,
        });
      }
      expect(await pageOf(started, '/readyz')).toContain(`"warnings":{"temporal-sdk-metrics":"${warning}`);
      expect(await pageOf(started, '/metrics')).toContain('vigilante_warning{warning="temporal-sdk-metrics"} 1');
      const { output } = await started.stop();
      expect(output).toContain(`"level":"warn"`);
      expect(output).toContain(warning);
      expect(output).toContain('check temporal.metricsPort (or VIGILANTE_TEMPORAL_METRICS_PORT)');
    } finally {
      await server.stop();
    }
  },
);
