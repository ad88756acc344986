/** The process of upgrades over several clusters in the chart, and the rights and the policy of approvals. */

import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Manifest, renderChart, templateChart } from './helm.ts';

const PodTemplateSchema = z.looseObject({
  template: z.looseObject({ spec: z.looseObject({ automountServiceAccountToken: z.boolean() }) }),
});
const named = (manifests: readonly Manifest[], part: string) =>
  manifests.filter(({ metadata }) => metadata.name.includes(part));
const kindsOf = (manifests: readonly Manifest[]) => manifests.map(({ kind }) => kind).toSorted();

test('without fleet.enabled no object is about it', () => {
  expect(named(renderChart('maintainer'), 'fleet')).toEqual([]);
});

test('M54: the process of the fleet has no rights, no token and no way to an API server', () => {
  const manifests = renderChart('fleet');
  const fleet = named(manifests, 'care-vigilante-fleet');
  expect(kindsOf(fleet)).toEqual(expect.arrayContaining(['Deployment', 'NetworkPolicy']));
  expect(kindsOf(fleet).filter((kind) => kind.includes('Role'))).toEqual([]);
  const [deployment] = fleet.filter(({ kind }) => kind === 'Deployment');
  expect(PodTemplateSchema.parse(deployment?.['spec']).template.spec.automountServiceAccountToken).toBe(false);
  const [policy] = fleet.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(JSON.stringify(policy?.['spec'])).not.toMatch(/"port":(443|6443)\b/);
});

test('M48: those that are told of runs can be reached, by the port of each', () => {
  const url = 'https://chat.example.org:8443/hooks';
  const fleet = renderChart('fleet', { 'config.maintenance.notify': [{ name: 'chat', url, on: ['FleetHalted'] }] });
  const [policy] = named(fleet, 'care-vigilante-fleet').filter(({ kind }) => kind === 'NetworkPolicy');
  expect(JSON.stringify(policy?.['spec'])).toContain('"port":8443');
});

test('M37: where a cluster demands approvals its maintainer may list them, and a policy holds them to who wrote them', () => {
  const manifests = renderChart('fleet');
  const [role] = manifests.filter(({ kind, metadata }) => kind === 'Role' && metadata.name.endsWith('-approvals'));
  expect(role).toMatchObject({
    metadata: { namespace: 'nodes' },
    rules: [{ apiGroups: ['vigilante.ext'], resources: ['approvals'], verbs: ['list'] }],
  });
  const [policy] = manifests.filter(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name.endsWith('-approvals'),
  );
  expect(JSON.stringify(policy?.['spec'])).toContain('object.spec.by == request.userInfo.username');
  expect(named(renderChart('maintenance'), '-approvals')).toEqual([]);
});

test('M37: approvals that nobody could rely on are refused', () => {
  const { status, stderr } = templateChart('fleet', { 'admissionPolicy.enabled': false });
  expect(status).not.toBe(0);
  expect(stderr).toContain('needs admissionPolicy.enabled and Kubernetes 1.30 or newer');
});
