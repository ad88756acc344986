/** Anything that somebody may send as a report: rubbish, reports with rubbish in them, and names with rubbish in them. */

import * as fc from 'fast-check';
import { reportBody } from './collector-world.ts';

export interface FuzzedReport {
  readonly name: string;
  readonly body: Buffer;
}

/** Few names, so that rejected reports meet records that are there. */
export const FUZZED_NAMES = ['a1', 'a2', 'a3', 'a-very-long-name.with.dots'];

const FIELDS = [
  'report_interval',
  'nodename',
  'podname',
  'hostdate',
  'uptime',
  'nslookup',
  'ips',
  'network_probes',
  'zero_extender',
  'tcp_probes',
  'dns_probes',
  'processes',
  'host',
  '__proto__',
  'constructor',
  'toString',
  'PODNAME',
  '',
];

const goodName = fc.constantFrom(...FUZZED_NAMES);
const anyName = fc.oneof(
  { weight: 8, arbitrary: goodName },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'a/b',
      '../a1',
      '..',
      '.',
      'a%2Fb',
      '%',
      '%zz',
      '%00',
      'A1',
      'a1/',
      ' a1',
      'ä',
      '__proto__',
      'a'.repeat(300),
      '-a',
      'a-',
      'a..b',
      'a1?x=y',
      'a1#x',
      '\u0000',
      'constructor',
      '%2e%2e',
      'a1;b',
      "a1'--",
      '☃',
    ),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 40 }) },
);

const rubbishText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', '__proto__', '\ud800', 'x'.repeat(3_000), '2026-02-30T00:00:00Z', '9'.repeat(400)),
);
const rubbishNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-1, 2 ** 53, -(2 ** 53), 1e308, 2 ** 63, 0.1, -0),
);
const rubbish = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  rubbishText,
  rubbishNumber,
  fc.constantFrom(null, [], {}, true),
);

/** A good report with some fields replaced, some left out. */
const mutated = goodName.chain((name) =>
  fc
    .tuple(
      fc.dictionary(fc.constantFrom(...FIELDS), rubbish, { maxKeys: 3, noNullPrototype: true }),
      fc.subarray(FIELDS, { maxLength: 2 }),
    )
    .map(([change, dropped]) => {
      const report = { ...(JSON.parse(reportBody(name)) as Record<string, unknown>), ...change };
      for (const field of dropped) delete report[field];
      return { name, body: Buffer.from(JSON.stringify(report)) };
    }),
);

/** Lists and objects of the right kind with rubbish inside. */
const inside = fc.tuple(goodName, rubbish, fc.nat(40)).map(([name, value, count]) => {
  const many = Array.from({ length: count }, () => value);
  const fields = [
    { network_probes: many },
    { network_probes: [{ URL: value, Total: value }] },
    { ips: { eth0: many, ['__proto__']: value } },
    { nslookup: { x: value } },
    { tcp_probes: [{ target: 'x:1', ok: value, ms: value, error: value }] },
    { dns_probes: [{ name: value, ok: true, ms: 1, addresses: many }] },
  ];
  return { name, body: Buffer.from(reportBody(name, fields[count % fields.length])) };
});

/** The bytes of a good report, cut off or with others in them. */
const damaged = fc
  .tuple(goodName, fc.nat(), fc.uint8Array({ maxLength: 8 }), fc.boolean())
  .map(([name, at, bytes, isCut]) => {
    const good = Buffer.from(reportBody(name));
    const place = at % good.length;
    return {
      name,
      body: Buffer.concat([good.subarray(0, place), bytes, isCut ? Buffer.alloc(0) : good.subarray(place)]),
    };
  });

const deep = fc
  .tuple(goodName, fc.integer({ min: 1, max: 3_000 }), fc.constantFrom('[', '{"a":'))
  .map(([name, depth, opening]) => ({
    name,
    body: Buffer.from(
      `{"podname":"${name}","ips":${opening.repeat(depth)}1${(opening === '[' ? ']' : '}').repeat(depth)}}`,
    ),
  }));

const named = anyName.map((name) => ({ name, body: Buffer.from(reportBody(name)) }));
const bytes = fc
  .tuple(anyName, fc.uint8Array({ maxLength: 200 }))
  .map(([name, body]) => ({ name, body: Buffer.from(body) }));
const values = fc
  .tuple(anyName, rubbish)
  .map(([name, value]) => ({ name, body: Buffer.from(JSON.stringify(value) ?? '') }));

/** Many probes with long addresses, in characters of one byte, three and four, and with those that labels escape. */
const manyProbes = fc
  .tuple(
    ...([goodName, fc.integer({ min: 0, max: 25 })] as const),
    fc.constantFrom('x', '字', '😀', '"\\', '\n', '\u0000'),
    fc.constantFrom(0, 1, 100, 512, 513, 1_024, 2_048, 2_049),
    fc.constantFrom('network_probes', 'tcp_probes', 'dns_probes'),
  )
  .map(([name, count, character, length, field]) => {
    const target = (index: number) =>
      `${index}${character.repeat(Math.ceil(length / character.length))}`.slice(0, length);
    const outcome = { ok: true, ms: length, error: null };
    const probes = Array.from({ length: count }, (_, index) =>
      field === 'network_probes'
        ? { URL: target(index), ConnectionResult: 1, Total: index }
        : { ...outcome, target: target(index), name: target(index), addresses: [target(index)] },
    );
    return { name, body: Buffer.from(reportBody(name, { [field]: probes })) };
  });

/** Clocks that went wrong, intervals that are none, and fields that say where a pod is. */
const clocksAndPlaces = fc
  .tuple(
    goodName,
    fc.constantFrom(
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999999Z',
      '1969-12-31T23:59:59-23:59',
      '2026-11-22',
      '',
    ),
    fc.constantFrom(-1, 0, 1, 59, 86_400, 31_536_000, 31_536_001, 2 ** 53, 1e300),
    fc.constantFrom(-1, 0, 1, 2 ** 53 - 1, 2 ** 53),
    fc.constantFrom('default', 'kube-system', '', '../x', 'a'.repeat(300), '字'),
  )
  .map(([name, hostdate, interval, uptime, namespace]) => {
    const places = {
      namespace,
      podnamespace: namespace,
      pod: { namespace, uid: namespace },
      taken: { clock: 'x', ms: uptime },
    };
    return { name, body: Buffer.from(reportBody(name, { hostdate, report_interval: interval, uptime, ...places })) };
  });

export const fuzzedReport: fc.Arbitrary<FuzzedReport> = fc.oneof(
  { weight: 3, arbitrary: manyProbes },
  { weight: 1, arbitrary: clocksAndPlaces },
  { weight: 4, arbitrary: mutated },
  { weight: 3, arbitrary: inside },
  { weight: 2, arbitrary: damaged },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: named },
  { weight: 1, arbitrary: bytes },
  { weight: 1, arbitrary: values },
);
