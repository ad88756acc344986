/** The certificate that cert-manager makes: who signs it, for which names, and who serves with it. */

import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import { type Manifest, NAMESPACE, renderChart, templateChart } from './helm.ts';
import { containerOf, podSpecOf } from './pod-spec.ts';

const ON = { 'certificates.enabled': true };
const SECRET = 'care-vigilante-certificate';

const CertificateSchema = z.object({
  secretName: z.string(),
  issuerRef: z.object({ name: z.string(), kind: z.string() }),
  isCA: z.boolean().default(false),
  dnsNames: z.array(z.string()).default([]),
});

function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

function certificatesOf(manifests: readonly Manifest[]): ReadonlyMap<string, z.infer<typeof CertificateSchema>> {
  const certificates = ofKind(manifests, 'Certificate');
  return new Map(certificates.map(({ metadata, spec }) => [metadata.name, CertificateSchema.parse(spec)]));
}

function configurationOf(manifests: readonly Manifest[]): Record<string, unknown> {
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'care-vigilante');
  const { data } = z.object({ data: z.object({ 'conf.yaml': z.string() }) }).parse(map);
  return z.record(z.string(), z.unknown()).parse(parse(data['conf.yaml']));
}

/** Names of the secrets that the pods mount. */
function mountedSecrets(manifests: readonly Manifest[]): readonly string[] {
  const VolumesSchema = z.array(z.looseObject({ secret: z.object({ secretName: z.string() }).optional() }));
  return ofKind(manifests, 'Deployment').flatMap((deployment) =>
    VolumesSchema.parse(podSpecOf(deployment)['volumes']).flatMap(({ secret }) => secret?.secretName ?? []),
  );
}

test('there is neither certificate nor issuer by default, and no TLS', () => {
  const manifests = renderChart('minimal');
  expect([...ofKind(manifests, 'Certificate'), ...ofKind(manifests, 'Issuer')]).toEqual([]);
  expect(configurationOf(manifests)).not.toHaveProperty('tls');
});

test('an issuer that signs itself makes an authority, and that makes the certificate', () => {
  const manifests = renderChart('minimal', ON);
  const issuers = new Map(ofKind(manifests, 'Issuer').map(({ metadata, spec }) => [metadata.name, spec]));
  const certificates = certificatesOf(manifests);
  expect(issuers.get('care-vigilante-self-signed')).toEqual({ selfSigned: {} });
  const authority = certificates.get('care-vigilante-ca');
  expect(authority).toMatchObject({ isCA: true, issuerRef: { name: 'care-vigilante-self-signed', kind: 'Issuer' } });
  expect(issuers.get('care-vigilante-ca')).toEqual({ ca: { secretName: authority?.secretName } });
  const { issuerRef, isCA } = certificates.get('care-vigilante') ?? {};
  expect({ issuerRef, isCA }).toEqual({ issuerRef: { name: 'care-vigilante-ca', kind: 'Issuer' }, isCA: false });
});

test('an issuer that is there signs the certificate, and no authority is made', () => {
  const manifests = renderChart('minimal', { ...ON, 'certificates.issuerRef': { name: 'own', kind: 'ClusterIssuer' } });
  expect(ofKind(manifests, 'Issuer')).toEqual([]);
  expect([...certificatesOf(manifests).values()].map(({ issuerRef }) => issuerRef)).toEqual([
    { name: 'own', kind: 'ClusterIssuer' },
  ]);
});

test('the processes mount the secret where they look for it, and serve HTTPS by it', () => {
  const manifests = renderChart('minimal', ON);
  expect(certificatesOf(manifests).get('care-vigilante')?.secretName).toBe(SECRET);
  expect(new Set(mountedSecrets(manifests))).toEqual(new Set([SECRET]));
  expect(configurationOf(manifests)['tls']).toBe(true);
  const { certificateFile } = ConfigSchema.parse({}).http;
  for (const deployment of ofKind(manifests, 'Deployment')) {
    const { volumeMounts, readinessProbe } = containerOf(deployment);
    expect(volumeMounts.map(({ mountPath }) => `${mountPath}/tls.crt`)).toContain(certificateFile);
    expect(readinessProbe.httpGet).toMatchObject({ scheme: 'HTTPS' });
  }
});

test('config.tls: false is respected: the certificate is made, and no process serves by it', () => {
  const manifests = renderChart('minimal', { ...ON, 'config.tls': false });
  expect(certificatesOf(manifests).has('care-vigilante')).toBe(true);
  expect(mountedSecrets(manifests)).toEqual([]);
  expect(configurationOf(manifests)['tls']).toBe(false);
});

test('it is valid for each Service by its short and its long names, and for those that were asked for', () => {
  const manifests = renderChart('minimal', { ...ON, 'certificates.dnsNames': ['vigilante.example.com'] });
  const services = ofKind(manifests, 'Service').map(({ metadata }) => metadata.name);
  const names = certificatesOf(manifests).get('care-vigilante')?.dnsNames ?? [];
  const expected = services.flatMap((service) => [
    service,
    `${service}.${NAMESPACE}`,
    `${service}.${NAMESPACE}.svc`,
    `${service}.${NAMESPACE}.svc.cluster.local`,
  ]);
  expect(names.toSorted()).toEqual([...expected, 'vigilante.example.com'].toSorted());
});

test("create_certificates is the same by cops-vigilante's name", () => {
  expect(renderChart('minimal', { create_certificates: true })).toEqual(renderChart('minimal', ON));
});

test('a change of how HTTPS comes about replaces the pods', () => {
  const digestOf = (values: Readonly<Record<string, unknown>>) =>
    JSON.stringify(renderChart('minimal', values)).match(/config-digest":"(\w+)"/)?.[1];
  expect(digestOf(ON)).not.toBe(digestOf({}));
});

test.each([
  ['a secret and certificates', { certificateSecretName: 'own' }, /certificateSecretName: leave it empty/],
  ['an issuer without a name', { 'certificates.issuerRef': { kind: 'ClusterIssuer' } }, /\/certificates\/issuerRef/],
  ['a duration in days', { 'certificates.duration': '90d' }, /\/certificates\/duration/],
])('%s is refused by a message that names it', (_, values, message) => {
  const { status, stderr } = templateChart('minimal', { ...ON, ...values });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(message);
});
