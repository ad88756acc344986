/** Faults in the judgement of agents and in the collector: each is noticed by a unit test or on a real API server. */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const unit = (file: string, path: string): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path },
});
const server = (file: string, subject: string, name?: string): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: {
    project: 'integration',
    path: `tests/integration/collector/${subject}.test.ts`,
    ...(name === undefined ? {} : { name }),
  },
});

export const mutations: MutationList = [
  ...faultsOf(unit('domain/connectivity/agent-judgement.ts', 'domain/connectivity/agent-judgement.test.ts'), [
    ['connectivity', '> ageMaxMs(report, at.rules)', '>= ageMaxMs(report, at.rules)'],
    ['connectivity', 'INTERVALS_MAX * intervalMs, Math.max(', 'INTERVALS_MAX * intervalMs, Infinity * Math.max('],
    ['connectivity', 'Math.max(rules.reportTtlMs, ageMaxMs(report, rules))', 'rules.reportTtlMs'],
    ['connectivity', "if (pod.nodeName === null) return 'pod-unscheduled';", ''],
    ['connectivity', "if (node.cordoned) return 'node-cordoned';", ''],
    ['connectivity', "if (!node.ready) return 'node-not-ready';", ''],
    ['connectivity', "if (node === null) return 'node-gone';", 'if (node === null) return null;'],
    ['connectivity', 'at.nowMs - node.bornMs < at.rules.nodeGraceMs', 'at.nowMs - node.bornMs <= at.rules.nodeGraceMs'],
    ['connectivity', '- excusedMs)', ')'],
    ['connectivity', '/ report.intervalMs) - 1)', '/ report.intervalMs))'],
  ]),
  ...faultsOf(unit('contracts/connectivity/parser.ts', 'contracts/connectivity/parser.test.ts'), [
    ['connectivity', ' ?? OTHER;', ' ?? (found as T);'],
    ['connectivity', '.filter(({ failure }) => failure !== OTHER).length', '.length'],
  ]),
  ...faultsOf(unit('domain/connectivity/verdict.ts', 'domain/connectivity/watch.test.ts'), [
    ['connectivity', ' : expected - reporting - suppressed - unscheduled;', ' : absent + outdated;'],
  ]),
  ...faultsOf(unit('collector/reports/room.ts', 'collector/reports/agent-bounds.test.ts'), [
    ['connectivity', 'if (bytes > REPORT_BYTES_MAX)', 'if (false)'],
    ['connectivity', ' + arrivingBytes > TOTAL_BYTES_MAX', ' > TOTAL_BYTES_MAX'],
    ['connectivity', ' && others + bytesOf(agent) <= SHARED_BYTES_MAX', ''],
  ]),
  ...faultsOf(unit('collector/reports/known-agent.ts', 'collector/reports/agent-bounds.test.ts'), [
    ['connectivity', ".toString('latin1')", ".toString('utf8')"],
  ]),
  ...faultsOf(unit('collector/netchecker/agent-metrics.ts', 'collector/netchecker/agent-metrics.test.ts'), [
    ['connectivity', 'if (url.length > urlLengthMax)', 'if (url.length >= urlLengthMax)'],
    ['connectivity', 'samples >= samplesMax', 'samples > samplesMax'],
    ['connectivity', '        crowded += 1;\n', ''],
    ['connectivity', 'one.receivedMs - other.receivedMs', 'other.receivedMs - one.receivedMs'],
  ]),
  ...faultsOf(unit('collector/reports/intake.ts', 'collector/reports/intake.test.ts'), [
    ['connectivity', 'body === besides || giveUp === null', 'body === besides'],
    ['connectivity', 'if (mine.bytes + chunk.length > bytesMax)', 'if (false)'],
    ['connectivity', 'announcedBytes !== null && announcedBytes !== mine.bytes', 'false'],
  ]),
  ...faultsOf(unit('collector/reports/parser.ts', 'collector/reports/parser.test.ts'), [
    ['connectivity', 'if (podname !== name)', 'if (false)'],
    ['connectivity', 'if (!isUtf8(body))', 'if (false)'],
    ['connectivity', '[key.toLowerCase(), child]', '[key, child]'],
    ['connectivity', 'if (list.length > max)', 'if (list.length > max + 1)'],
  ]),
  ...faultsOf(unit('collector/authentication/authentication.ts', 'collector/authentication/authentication.test.ts'), [
    ['connectivity', 'if (pod.name !== claim.podName)', 'if (false)'],
    ['connectivity', 'if (pod.nodeName !== claim.nodeName)', 'if (false)'],
    ['connectivity', 'namespace === pod.namespace && uid === pod.uid', 'uid === pod.uid'],
    ['connectivity', 'namespace === pod.namespace && uid === pod.uid', 'namespace === pod.namespace'],
    ['connectivity', '.finally(() => underWay.delete(key))', ''],
    ['connectivity', 'endMs + END_LEEWAY_MS < serverNowMs()', 'endMs + END_LEEWAY_MS < Date.now()'],
    ['connectivity', '!cache.wasGood(key) && ', ''],
  ]),
  ...faultsOf(unit('collector/authentication/token-cache.ts', 'collector/authentication/authentication.test.ts'), [
    ['connectivity', 'nowMs < good.expiresMs', 'true'],
  ]),
  ...faultsOf(unit('collector/authentication/review-limits.ts', 'collector/authentication/authentication.test.ts'), [
    ['connectivity', '(isExpected ? 0 : ofStrangers', '(true ? 0 : ofStrangers'],
    ['connectivity', 'ofPod.take(`${source} ${podUid}`, nowMs) ||', ''],
  ]),
  ...faultsOf(unit('collector/reports/places.ts', 'collector/reports/places.test.ts'), [
    ['connectivity', 'if (expected >= agentsMax)', 'if (expected + strangers >= agentsMax)'],
    ['connectivity', 'if (strangers < strangersMax)', 'if (strangers <= strangersMax)'],
  ]),
  ...faultsOf(unit('collector/reports/known-agent.ts', 'collector/verdict/expected-pods.test.ts'), [
    ['connectivity', 'if (agent.pod.uid === pod.uid) return true;', 'if (true) return true;'],
  ]),
  ...faultsOf(unit('collector/reports/clock.ts', 'collector/reports/clock.test.ts'), [
    ['connectivity', 'Math.floor(steadyMs() + aheadMs)', 'wallMs()'],
  ]),
  ...faultsOf(unit('collector/reports/writer-clocks.ts', 'collector/reports/writer-clocks.test.ts'), [
    ['connectivity', '(nowMs - before.atMs) * DRIFT', '0'],
  ]),
  ...faultsOf(unit('collector/reports/times.ts', 'collector/reports/agent-registry.test.ts'), [
    ['connectivity', 'if (aliveMs !== null) clock.notBefore(aliveMs);', ''],
  ]),
  ...faultsOf(unit('collector/reports/agent-registry.ts', 'collector/reports/agent-registry.test.ts'), [
    ['connectivity', 'this.#series.release(agent.series);', ''],
  ]),
  ...faultsOf(server('kubernetes/connectivity/token-review.ts', 'authentication', 'is taken|is refused'), [
    ['connectivity', ', audiences: [audience] }', ' }'],
  ]),
  ...faultsOf(server('collector/netchecker/go-json.ts', 'transcripts'), [
    ['connectivity', "['Absent', list(check.absent, goText)],", "['Absent', list(check.absent ?? [], goText)],"],
    [
      'connectivity',
      '.sort(([one], [other]) => compareBytes(one, other));\n  return object(sorted.map',
      ';\n  return object(sorted.map',
    ],
  ]),
  ...faultsOf(server('collector/netchecker/api-v1.ts', 'transcripts'), [
    ['connectivity', 'outdatedMayBeNull && outdated.length === 0 ? null : outdated', 'outdated'],
    [
      'connectivity',
      "header('content-type', PLAIN_TEXT).send(json)",
      "header('content-type', 'application/json').send(json)",
    ],
  ]),
  ...faultsOf(server('collector/netchecker/agent-metrics.ts', 'transcripts'), [
    ['connectivity', "help: 'Connection time in ms'", "help: 'Connection time in ms.'"],
  ]),
  ...faultsOf(server('collector/netchecker/api-v1.ts', 'verdicts'), [
    ['connectivity', '!strictCheck && agent.judgement.suppressedBy !== null', 'false'],
  ]),
  ...faultsOf(server('collector/reports/housekeeping.ts', 'verdicts'), [
    ['connectivity', '!inUse.has(agent.name) && ', ''],
    ['connectivity', '&& clock.nowMs() - agent.receivedMs > timeOf(agent)', ''],
  ]),
  ...faultsOf(unit('collector/verdict/heartbeat.ts', 'collector/verdict/heartbeat.test.ts'), [
    ['connectivity', '?.mtimeMs ?? null', '?.mtimeMs === 0 ? 0 : null'],
  ]),
  ...faultsOf(server('collector/reports/agent-registry.ts', 'faults'), [
    ['connectivity', 'await saved;', 'void saved.catch(() => undefined);'],
    ['connectivity', 'if (error instanceof StoreUnavailable) this.#outages.failed(agent.receivedMs);', ''],
    ['connectivity', 'reportCount: (counts?.reportCount ?? 0) + 1', 'reportCount: 1'],
  ]),
  ...faultsOf(server('collector/netchecker/routing.ts', 'routing', 'is no path'), [
    [
      'connectivity',
      'const cleaned = cleanPath(path);',
      "const cleaned = new URL(path.replace(/\\/{2,}/g, '/'), 'http://collector').pathname;",
    ],
  ]),
  ...faultsOf(server('collector/server.ts', 'routing', 'a tunnel'), [
    ['connectivity', '  refuseTunnels(server.server);\n', ''],
  ]),
  ...faultsOf(server('collector/server.ts', 'fuzz', 'socket|byte by byte'), [
    ['connectivity', ', headersTimeout: HEADERS_TIMEOUT_MS', ''],
    ['connectivity', 'readBodies(server, parts.rules.bodyBytesMax)', 'readBodies(server, 1_000_000_000)'],
  ]),
];
