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
  ...faultsOf(unit('domain/agent-judgement.ts', 'domain/agent-judgement.test.ts'), [
    ['connectivity', '> ageMaxMs(report, at.rules)', '>= ageMaxMs(report, at.rules)'],
    ['connectivity', 'INTERVALS_MAX * intervalMs, rules.reportTtlMs', 'INTERVALS_MAX * intervalMs, Infinity'],
    ['connectivity', "if (node.cordoned) return 'node-cordoned';", ''],
    ['connectivity', "if (!node.ready) return 'node-not-ready';", ''],
    ['connectivity', "if (node === null) return 'node-gone';", 'if (node === null) return null;'],
    [
      'connectivity',
      'at.nowMs - node.createdMs < at.rules.nodeGraceMs',
      'at.nowMs - node.createdMs <= at.rules.nodeGraceMs',
    ],
    ['connectivity', '- excusedMs)', ')'],
    ['connectivity', '/ report.intervalMs) - 1)', '/ report.intervalMs))'],
  ]),
  ...faultsOf(unit('collector/report-parser.ts', 'collector/report-parser.test.ts'), [
    ['connectivity', 'if (podname !== name)', 'if (false)'],
    ['connectivity', 'if (!isUtf8(body))', 'if (false)'],
    ['connectivity', '[key.toLowerCase(), child]', '[key, child]'],
    ['connectivity', 'if (list.length > max)', 'if (list.length > max + 1)'],
  ]),
  ...faultsOf(unit('collector/authentication.ts', 'collector/authentication.test.ts'), [
    ['connectivity', 'if (podName !== claim.podName)', 'if (false)'],
    ['connectivity', 'if (nodeName !== claim.nodeName)', 'if (false)'],
    ['connectivity', 'now() < known.expiresMs', 'true'],
    ['connectivity', 'if (cache.get(key) === asked) cache.delete(key);', ''],
  ]),
  ...faultsOf(server('kubernetes/token-review.ts', 'authentication', 'is taken|is refused'), [
    ['connectivity', ', audiences: [audience] }', ' }'],
  ]),
  ...faultsOf(server('collector/go-json.ts', 'transcripts'), [
    ['connectivity', "['Absent', list(check.absent, goText)],", "['Absent', list(check.absent ?? [], goText)],"],
    [
      'connectivity',
      '.sort(([one], [other]) => compareBytes(one, other));\n  return object(sorted.map',
      ';\n  return object(sorted.map',
    ],
  ]),
  ...faultsOf(server('collector/api-v1.ts', 'transcripts'), [
    ['connectivity', 'outdatedMayBeNull && outdated.length === 0 ? null : outdated', 'outdated'],
    [
      'connectivity',
      "header('content-type', PLAIN_TEXT).send(json)",
      "header('content-type', 'application/json').send(json)",
    ],
  ]),
  ...faultsOf(server('collector/agent-metrics.ts', 'transcripts'), [
    ['connectivity', "help: 'Connection time in ms'", "help: 'Connection time in ms.'"],
  ]),
  ...faultsOf(server('collector/api-v1.ts', 'verdicts'), [
    ['connectivity', '!strictCheck && agent.judgement.suppressedBy !== null', 'false'],
  ]),
  ...faultsOf(server('collector/housekeeping.ts', 'verdicts'), [
    ['connectivity', '!expected.has(name) && ', ''],
    ['connectivity', '&& now() - lastUpdatedMs > reportTtlMs', ''],
  ]),
  ...faultsOf(server('collector/heartbeat.ts', 'faults', 'kill -9'), [
    ['connectivity', '?.mtimeMs ?? null', '?.mtimeMs === 0 ? 0 : null'],
  ]),
  ...faultsOf(server('collector/agent-registry.ts', 'faults'), [
    [
      'connectivity',
      'await this.#deps.store.save(record);',
      'void this.#deps.store.save(record).catch(() => undefined);',
    ],
    ['connectivity', 'if (error instanceof StoreUnavailable) this.#outages.failed(record.lastUpdatedMs);', ''],
    ['connectivity', 'reportCount: (counts?.reportCount ?? 0) + 1', 'reportCount: 1'],
  ]),
  ...faultsOf(server('collector/original-routing.ts', 'routing', 'is no path'), [
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
    ['connectivity', 'bodyLimit: parts.rules.bodyBytesMax', 'bodyLimit: 1_000_000_000'],
  ]),
];
