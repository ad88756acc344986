/** What the chart renders for healing pods that ask endpoints, and that nothing of it is there without them (E55). */

import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { HealingEchoConfigSchema } from '../../config/schema/healing-echo.ts';
import { HealingPodConfigSchema } from '../../config/schema/healing-pod.ts';
import { DEFAULT_POD_IMAGE, PROBING_POD_IMAGES } from '../../contracts/healing/pod-image.ts';
import { probingContainers } from '../../kubernetes/healing/probing-pod.ts';
import { readRules } from '../../sandbox/rbac.ts';
import {
  CHART,
  type Manifest,
  NAMESPACE,
  RELEASE,
  renderChart,
  runHelm,
  templateChart,
  VALUE_SETS,
  type ValueSet,
  valuesOf,
} from './helm.ts';

type Values = Readonly<Record<string, unknown>>;

const ENDPOINT = {
  name: 'onprem-1',
  url: 'http://10.50.0.20:8080/v1/source',
  answer: 'vigilante',
  trust: 'unsigned',
};
const OTHER = { name: 'other', url: 'https://[fd00:50::20]/a', answer: 'text', trust: 'unsigned' };
const ENDPOINTS = { 'config.healing.echo.endpoints': [ENDPOINT] };
const ON = { ...ENDPOINTS, 'config.healing.evidence': 'source-address' };
/** `custom-resources` has neither rights nor policies. */
const WITHOUT = VALUE_SETS.filter((set) => set !== 'source-address' && set !== 'custom-resources');

const RulesSchema = z.array(
  z.strictObject({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
);
const PolicySchema = z.object({
  variables: z.array(z.object({ name: z.string(), expression: z.string() })),
  validations: z.array(z.object({ expression: z.string() })),
});

function rulesOf(manifests: readonly Manifest[], component: string): z.infer<typeof RulesSchema> {
  return manifests
    .filter(({ kind, metadata }) => kind === 'Role' && metadata.name.endsWith(`-${component}`))
    .flatMap((role) => RulesSchema.parse(role['rules']));
}

function podPolicyOf(values: Values, set: ValueSet = 'minimal'): z.infer<typeof PolicySchema> {
  const found = renderChart(set, values).find(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name.endsWith('-worker-pods'),
  );
  return PolicySchema.parse(found?.['spec']);
}

function commandsOf(policy: z.infer<typeof PolicySchema>): unknown {
  return JSON.parse(policy.variables.find(({ name }) => name === 'commands')?.expression ?? '');
}

const PODS = { apiGroups: [''], resources: ['pods'] };
const EVENTS = { apiGroups: [''], resources: ['events'] };
/** What they may do with healing pods since before any pod was waited for. */
const BEFORE = {
  worker: [
    { ...PODS, verbs: ['create', 'get', 'list', 'delete'] },
    { ...EVENTS, verbs: ['list'] },
  ],
  starter: [{ ...PODS, verbs: ['list', 'delete'] }],
};

test.each<[string, Values]>([
  ['nothing of it', {}],
  ['endpoints for `vigilante verify` alone', ENDPOINTS],
  ['another evidence', { ...ENDPOINTS, 'config.healing.evidence': 'pod-ip' }],
])('with %s worker and starter have the rights that they had', (_, values) => {
  const manifests = renderChart('minimal', values);
  for (const component of ['worker', 'starter'] as const) {
    expect(rulesOf(manifests, component)).toEqual(BEFORE[component]);
  }
});

test.each(WITHOUT)('nobody may watch healing pods with the values %s', (set) => {
  for (const component of ['worker', 'starter'] as const) {
    expect(rulesOf(renderChart(set), component).filter(({ verbs }) => verbs.includes('watch'))).toEqual([]);
  }
});

test('with evidence source-address the worker may also watch healing pods, and nothing else is added', async () => {
  const [before, now] = [renderChart('minimal', ENDPOINTS), renderChart('minimal', ON)];
  const [pods = { ...PODS, verbs: [] }, ...others] = BEFORE.worker;
  expect(rulesOf(now, 'worker')).toEqual([pods, { ...PODS, verbs: ['watch'] }, ...others]);
  expect(rulesOf(now, 'worker')).toEqual((await readRules())['worker']?.namespaceRules);
  expect(rulesOf(now, 'starter')).toEqual(BEFORE.starter);
  const otherRoles = (manifests: readonly Manifest[]) =>
    manifests.filter(({ kind, metadata }) => kind.includes('Role') && metadata.name !== 'nodes-care-vigilante-worker');
  expect(otherRoles(now)).toEqual(otherRoles(before));
});

test.each<[string, Values]>([
  ['curl', {}],
  ['curl that does not wait', { settle: '0s' }],
  ['curl that waits for a part of a second', { settle: '2.25s' }],
  ['curl whose answer is in the log', { pod: { answer: 'log' } }],
  ['curl that does not wait, with its answer in the log', { settle: '0ms', pod: { answer: 'log' } }],
  ['another program', { pod: { command: ['C:\\a b\\ask.exe', '--url={url}', '{url}', '$&', '"<quoted>"'] } }],
])('the policy admits the command line that the worker gives a pod: %s', (_, { pod = {}, ...echo }) => {
  const endpoints = [ENDPOINT, OTHER];
  const values = { 'config.healing.echo': { ...echo, endpoints }, 'config.healing.pod': pod };
  const { settleMs } = HealingEchoConfigSchema.parse({ ...echo, endpoints });
  const { answer, command } = HealingPodConfigSchema.parse(pod);
  const question = { endpoints, answer, command, settleMs, image: 'any', windows: true, patienceMs: 0 };
  const containers = probingContainers(question);
  expect(commandsOf(podPolicyOf(values))).toEqual(
    Object.fromEntries(containers.map((container) => [container.name, container.command])),
  );
});

test.each(WITHOUT)('no pod has a command with the values %s', (set) => {
  expect(commandsOf(podPolicyOf({}, set))).toEqual({});
});

test('the images of pods that ask are admitted where there are endpoints, unless another one is configured', () => {
  const images = (values: Values) =>
    JSON.stringify(podPolicyOf(values).validations.map(({ expression }) => expression));
  for (const image of PROBING_POD_IMAGES) {
    expect(images({})).not.toContain(image);
    expect(images(ENDPOINTS)).toContain(image);
    expect(images({ ...ENDPOINTS, 'config.healing.pod.image': 'mirror.example.com/curl:1' })).not.toContain(image);
  }
  expect(images(ENDPOINTS)).toContain(DEFAULT_POD_IMAGE);
});

test.each<[ValueSet, boolean]>([
  ['source-address', true],
  ['minimal', false],
])('the notes say what to do before a rollback where it matters: %s', (set, says) => {
  const args = ['--dry-run=client', '--namespace', NAMESPACE, '--values', valuesOf(set)];
  const { stdout } = runHelm(['install', RELEASE, CHART, ...args], { KUBECONFIG: '/dev/null' });
  const notes = stdout.slice(stdout.indexOf('NOTES:'));
  expect(notes).toContain('vigilante status');
  for (const text of [
    'vigilante verify --all',
    'config.healing.evidence to sandbox',
    'vigilante restart --open-onboarding',
  ]) {
    expect({ text, says: notes.includes(text) }).toEqual({ text, says });
  }
});

test.each([true, false])('evidence source-address without endpoints is refused, with policies: %s', (enabled) => {
  const values = { 'config.healing.evidence': 'source-address', 'admissionPolicy.enabled': enabled };
  const { status, stderr } = templateChart('minimal', values);
  expect(status).not.toBe(0);
  expect(stderr).toContain('config.healing.echo.endpoints: set it, because config.healing.evidence is source-address');
});

test('profiles are refused together with the admission policies, which know snat alone', () => {
  const profiles = { 'config.profiles[0].name': 'linux', 'config.profiles[0].nodes': 'example.com/snat=true' };
  const { status, stderr } = templateChart('source-address', profiles);
  expect(status).not.toBe(0);
  expect(stderr).toContain('config.profiles: set admissionPolicy.enabled to false');
  expect(templateChart('source-address', { ...profiles, 'admissionPolicy.enabled': false }).status).toBe(0);
});
