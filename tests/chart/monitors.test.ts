/** ServiceMonitor and PodMonitor: every port with metrics is scraped once, in the scheme that it speaks. */

import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Manifest, NAMESPACE, renderChart, templateChart } from './helm.ts';

const COMPONENTS = ['worker', 'starter', 'collector'] as const;
const CERTIFICATES = { 'certificates.enabled': true };

const EndpointSchema = z.object({
  port: z.string(),
  path: z.literal('/metrics'),
  scheme: z.enum(['http', 'https']),
  honorLabels: z.boolean().optional(),
  interval: z.string().optional(),
  tlsConfig: z.unknown().optional(),
});
const SpecSchema = z.looseObject({
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }),
  endpoints: z.array(EndpointSchema).optional(),
  podMetricsEndpoints: z.array(EndpointSchema).optional(),
});
type Spec = z.infer<typeof SpecSchema>;

/** Both kinds do the same: the switch of each, and where it lists its endpoints. */
const KINDS = [
  { kind: 'ServiceMonitor', value: 'serviceMonitor', endpoints: (spec: Spec) => spec.endpoints ?? [] },
  { kind: 'PodMonitor', value: 'podMonitor', endpoints: (spec: Spec) => spec.podMetricsEndpoints ?? [] },
] as const;

function specsOf(kind: string, manifests: readonly Manifest[]): ReadonlyMap<string, Spec> {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  return new Map(found.map(({ metadata, spec }) => [metadata.name, SpecSchema.parse(spec)]));
}

/** The ports of the Service or of the Deployment's container. */
function portNames(manifest: Manifest): readonly string[] {
  return [...JSON.stringify(manifest['spec']).matchAll(/"name":"((?:sdk-)?metrics)"/g)].map(([, name = '']) => name);
}

test('there are none by default: most clusters do not know the kinds', () => {
  for (const { kind } of KINDS) expect(specsOf(kind, renderChart('minimal')).size).toBe(0);
});

test.each(KINDS)('$kind: each process has one that selects it and lists all its ports with metrics', (one) => {
  const manifests = renderChart('minimal', { [`${one.value}.enabled`]: true });
  const specs = specsOf(one.kind, manifests);
  expect([...specs.keys()].toSorted()).toEqual(COMPONENTS.map((name) => `care-vigilante-${name}`).toSorted());
  const targetKind = one.kind === 'ServiceMonitor' ? 'Service' : 'Deployment';
  for (const [name, spec] of specs) {
    const target = manifests.find(({ kind, metadata }) => kind === targetKind && metadata.name === name);
    if (target === undefined) throw new Error(`no ${targetKind} ${name}`);
    expect(one.endpoints(spec).map(({ port, scheme }) => `${port} ${scheme}`)).toEqual(
      portNames(target).map((port) => `${port} http`),
    );
    expect(portNames(target)).toEqual(name.endsWith('-collector') ? ['metrics'] : ['metrics', 'sdk-metrics']);
    expect(target.metadata['labels']).toMatchObject(spec.selector.matchLabels);
  }
  const selectors = [...specs.values()].map(({ selector }) => JSON.stringify(selector.matchLabels));
  expect(new Set(selectors).size).toBe(specs.size);
});

test.each(KINDS)('$kind: with TLS the own port is HTTPS, checked by authority and name; the SDK knows none', (one) => {
  const manifests = renderChart('minimal', { ...CERTIFICATES, [`${one.value}.enabled`]: true });
  const certificates = manifests.filter(({ kind }) => kind === 'Certificate');
  for (const [name, spec] of specsOf(one.kind, manifests)) {
    const serverName = `${name}.${NAMESPACE}.svc`;
    expect(one.endpoints(spec)).toEqual([
      {
        port: 'metrics',
        path: '/metrics',
        scheme: 'https',
        tlsConfig: {
          ca: {
            secret: {
              name: 'care-vigilante-certificate',
              key: 'ca.crt',
            },
          },
          serverName,
        },
      },
      ...(name.endsWith('-collector') ? [] : [{ port: 'sdk-metrics', path: '/metrics', scheme: 'http' }]),
    ]);
    expect(JSON.stringify(certificates)).toContain(`"${serverName}"`);
  }
});

test.each(KINDS)('$kind: interval, labels and the check of the certificate can be set', (one) => {
  const manifests = renderChart('minimal', {
    ...CERTIFICATES,
    [`${one.value}.enabled`]: true,
    [`${one.value}.interval`]: '15s',
    [`${one.value}.labels`]: { release: 'monitoring' },
    [`${one.value}.tlsConfig`]: { insecureSkipVerify: true },
  });
  const monitors = manifests.filter(({ kind }) => kind === one.kind);
  expect(monitors).toHaveLength(COMPONENTS.length);
  for (const { metadata, spec } of monitors) {
    expect(metadata['labels']).toMatchObject({ release: 'monitoring' });
    const [own, ...sdk] = one.endpoints(SpecSchema.parse(spec));
    expect(own).toMatchObject({ interval: '15s', tlsConfig: { insecureSkipVerify: true } });
    expect(sdk).toEqual(sdk.map(({ port, path, scheme }) => ({ port, path, scheme, interval: '15s' })));
  }
});

test.each(KINDS)('$kind: where the SDK serves no metrics its port is not scraped', (one) => {
  const manifests = renderChart('minimal', { [`${one.value}.enabled`]: true, 'config.temporal.metricsPort': 0 });
  const ports = [...specsOf(one.kind, manifests).values()].flatMap((spec) => one.endpoints(spec));
  expect(ports.map(({ port }) => port)).toEqual(['metrics', 'metrics', 'metrics']);
});

test.each(KINDS)(
  '$kind: the name of an endpoint in the own metrics of the worker is kept, and no other label',
  (one) => {
    const endpoints = [{ name: 'onprem-1', url: 'http://10.50.0.20:8080/v1/source', trust: 'unsigned' }];
    const on = { [`${one.value}.enabled`]: true };
    const keeping = (values: Readonly<Record<string, unknown>>) =>
      [...specsOf(one.kind, renderChart('minimal', { ...on, ...values }))].flatMap(([name, spec]) =>
        one.endpoints(spec).flatMap(({ port, honorLabels }) => (honorLabels ? [`${name} ${port}`] : [])),
      );
    expect(keeping({ 'config.healing.echo.endpoints': endpoints })).toEqual(['care-vigilante-worker metrics']);
    expect(keeping({})).toEqual([]);
  },
);

test("the collector's is checked by the name of its Service, whatever that is", () => {
  const values = { ...CERTIFICATES, 'serviceMonitor.enabled': true, 'collector.service.name': 'netchecker-service' };
  const spec = specsOf('ServiceMonitor', renderChart('minimal', values)).get('care-vigilante-collector');
  expect(spec?.endpoints).toMatchObject([
    { port: 'metrics', scheme: 'https', tlsConfig: { serverName: `netchecker-service.${NAMESPACE}.svc` } },
  ]);
});

test("create_service_monitor is the same by cops-vigilante's name", () => {
  const [byOldName, byNewName] = [{ create_service_monitor: true }, { 'serviceMonitor.enabled': true }];
  expect(renderChart('minimal', byOldName)).toEqual(renderChart('minimal', byNewName));
});

test.each(['serviceMonitor', 'podMonitor', 'prometheusRule'])('%s is of the API that the values name', (value) => {
  const on = { [`${value}.enabled`]: true };
  const versionsOf = (values: Readonly<Record<string, unknown>>) =>
    new Set(
      renderChart('minimal', { ...on, ...values })
        .map(({ apiVersion }) => apiVersion)
        .filter((version) => version.includes('monitoring')),
    );
  expect(versionsOf({})).toEqual(new Set(['monitoring.coreos.com/v1']));
  const managed = 'azmonitoring.coreos.com/v1';
  expect(versionsOf({ monitoringApiVersion: managed })).toEqual(new Set([managed]));
});

test.each(['serviceMonitor.enabled', 'create_service_monitor'])('%s and a PodMonitor: one of both', (value) => {
  const { status, stderr } = templateChart('minimal', { [value]: true, 'podMonitor.enabled': true });
  expect(status).not.toBe(0);
  expect(stderr).toContain('podMonitor.enabled: set either it or serviceMonitor.enabled');
});
