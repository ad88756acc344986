/** The chart's definition of the custom resource beside what a report holds. */

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import { type FieldKind, PROBE_KINDS, PROBES } from '../../contracts/connectivity/probes.ts';
import type { ReadProcess } from '../../contracts/connectivity/processes.ts';

const WHOLE_NUMBER = { type: 'integer', format: 'int64' };
const SCHEMAS: Readonly<Record<FieldKind, object>> = {
  text: { type: 'string' },
  'text-or-null': { type: 'string', nullable: true },
  texts: { type: 'array', items: { type: 'string' } },
  flag: { type: 'boolean' },
  'whole-number': WHOLE_NUMBER,
  milliseconds: { type: 'number' },
};

const REPORT_KEYS: Readonly<Record<keyof AgentReport, true>> = {
  report_interval: true,
  nodename: true,
  podname: true,
  hostdate: true,
  uptime: true,
  nslookup: true,
  ips: true,
  network_probes: true,
  tcp_probes: true,
  dns_probes: true,
  processes: true,
  host: true,
};

const WithProperties = z.looseObject({ properties: z.record(z.string(), z.unknown()) });
const Definition = z.looseObject({
  spec: z.looseObject({
    versions: z.tuple([
      z.looseObject({
        schema: z.looseObject({
          openAPIV3Schema: z.looseObject({ properties: z.looseObject({ spec: WithProperties }) }),
        }),
      }),
    ]),
  }),
});

const file = readFileSync(new URL('../../charts/vigilante/crds/agents.yaml', import.meta.url), 'utf8');
const { properties } = Definition.parse(parse(file)).spec.versions[0].schema.openAPIV3Schema.properties.spec;

test.each(PROBE_KINDS)('the definition has the fields of a probe of kind %s, and no others', (kind) => {
  const { list, fields } = PROBES[kind];
  const expected = Object.entries<FieldKind>(fields).map(([key, of]) => [key, SCHEMAS[of]] as const);
  expect(properties[list]).toEqual({
    type: 'array',
    nullable: true,
    items: { type: 'object', properties: Object.fromEntries(expected) },
  });
});

test('the definition has the fields of processes, and no others', () => {
  const flag = { type: 'boolean' };
  const text = { type: 'string' };
  const process: Readonly<Record<keyof ReadProcess, object>> = {
    name: text,
    uid: WHOLE_NUMBER,
    gid: WHOLE_NUMBER,
    effective: text,
    permitted: text,
    noNewPrivileges: flag,
    seccomp: WHOLE_NUMBER,
    userNamespace: flag,
  };
  const list = (properties: object) => ({ type: 'array', items: { type: 'object', properties } });
  expect(properties['processes']).toMatchObject({
    type: 'object',
    properties: {
      containers: list({ id: text, processes: list(process), omitted: WHOLE_NUMBER }),
      omitted: WHOLE_NUMBER,
      problem: { type: 'string', nullable: true },
    },
  });
});

test('the definition has every key of a report: the API server drops others', () => {
  expect(Object.keys(properties).toSorted()).toEqual([...Object.keys(REPORT_KEYS), 'last_updated'].toSorted());
});
