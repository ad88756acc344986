/**
 * `npm run fuzz [--requests 100000] [--seed N]`: requests of any shape against a real collector process, over sockets.
 * Prints the answers by status, and the memory of the process before and after. Ends with 1 where one was 500 or more,
 * or the process did not live to its end.
 */

import { parseArgs } from 'node:util';
import * as fc from 'fast-check';

import { startApiServer } from '../kubernetes/api-server.ts';
import { createAgentPods } from './agent-pods.ts';
import { memoryMb } from './collector-at-bounds.ts';
import { collectorProcesses } from './collector-process.ts';
import { ODD_REQUESTS, oddTargets, statusOfBytes } from './malformed-requests.ts';
import { FUZZED_NAMES, fuzzedReport } from './report-fuzz.ts';
import { fuzzedTarget, fuzzedToken } from './request-fuzz.ts';

const REQUESTS_DEFAULT = 100_000;
const BATCH = 1_000;
const AT_ONCE = 24;
const SECONDS_MAX = 1_800;
const PROGRESS_EVERY = 10_000;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: String(REQUESTS_DEFAULT) },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);

const oneLine = (text: string) => text.replaceAll(/[\r\n]/g, '');
const requestLine = (method: string, target: string, headers: string) =>
  `${method} ${oneLine(target)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}`;

/** Bytes of one request as latin1. */
const fuzzedRequest: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fuzzedReport, fuzzedToken).map(([{ name, body }, token]) => {
      const authorization = `Authorization: ${oneLine(token).slice(0, 8_000)}\r\n`;
      const headers = `${authorization}Content-Length: ${body.length}\r\n\r\n`;
      const path = `/api/v1/agents/${encodeURIComponent(name.toWellFormed())}`;
      return requestLine('POST', path, headers) + body.toString('latin1');
    }),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fuzzedTarget, fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'))
      .map(([target, method]) => requestLine(method, target, 'Content-Length: 0\r\n\r\n')),
  },
  { weight: 1, arbitrary: fc.constantFrom(...oddTargets().map(({ bytes }) => bytes)) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_REQUESTS.values()) },
);

const apiServer = await startApiServer();
const pods = await createAgentPods(apiServer.admin, { namespace: 'agents', node: 'node-1' });
for (const name of FUZZED_NAMES) await pods.add(name);
const config = { agents: { max: 50, reportsPerSecond: 10_000 } };
const processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
const answers = new Map<number, number>();
try {
  const collector = await processes.start();
  const before = await memoryMb(collector.pid);
  const endMs = performance.now() + SECONDS_MAX * 1_000;
  let sent = 0;
  for (let batch = 0; batch * BATCH < requests; batch++) {
    if (performance.now() > endMs) break;
    const samples = fc
      .sample(fuzzedRequest, { numRuns: Math.min(BATCH, requests - batch * BATCH), seed: seed + batch })
      .values();
    const send = async () => {
      for (const bytes of samples) {
        const status = await statusOfBytes(processes.url, bytes);
        answers.set(status, (answers.get(status) ?? 0) + 1);
        sent += 1;
        if (sent % PROGRESS_EVERY === 0) process.stderr.write(`${sent} requests\n`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
  }
  const after = await memoryMb(collector.pid);
  const lives = (await collector.call('GET', '/readyz')).status === 200;
  const byStatus = [...answers].toSorted(([one], [other]) => one - other);
  process.stdout.write(`${sent} requests, seed ${seed}\n`);
  for (const [status, count] of byStatus) process.stdout.write(`  ${status === 0 ? 'no answer' : status}: ${count}\n`);
  process.stdout.write(`memory: ${before.now} MB before, ${after.now} MB after, ${after.peak} MB at most\n`);
  const failed = byStatus.filter(([status]) => status >= 500 || status === 0).length > 0;
  if (failed || !lives || sent < requests) process.exitCode = 1;
} finally {
  await processes.stop();
  await apiServer.stop();
}
