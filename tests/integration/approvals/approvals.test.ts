/** Approvals on a real API server, with the chart's resource and policy: who may write which, and which ones count. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createApprovalActivities } from '../../../activities/upgrade/approvals.ts';
import type { LookAtApprovalsResult } from '../../../contracts/upgrade/activities.ts';
import type { Approval, ApprovalRules } from '../../../domain/upgrade/approvals.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { type Approvals, createApprovals } from '../../../kubernetes/upgrade/approvals.ts';
import { requestToken } from '../../../sandbox/accounts.ts';
import { applyAdmissionPolicies } from '../../../sandbox/admission-policy.ts';
import { createApiClient, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { auditUser } from '../../../sandbox/audit.ts';
import { applyCustomResources } from '../../../sandbox/crds.ts';
import { RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';

const PATH = `/apis/vigilante.ext/v1/namespaces/${RELEASE_NAMESPACE}/approvals`;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const HOUR_MS = 3_600_000;
const RULES: ApprovalRules = { required: true, count: 1, notByStarter: true };

let server: TestApiServer;
let maintainer: ClusterConnection;
const people = new Map<string, { readonly token: string; readonly connection: ClusterConnection }>();

beforeAll(async () => {
  server = await startApiServer();
  const { admin } = server;
  await applyCustomResources(admin);
  await applyAdmissionPolicies(admin, {});
  for (const name of ['anna', 'bob', 'carl', 'mallory']) await addPerson(name);
  await allowToApprove(['anna', 'bob', 'carl']);
  maintainer = connectCluster({ kubeconfig: server.kubeconfig('maintainer') });
  await untilObeyed();
});

afterAll(async () => {
  for (const { connection } of people.values()) await connection.close();
  await maintainer?.close();
  await server?.stop();
});

/** Accounts stand for people: the API server knows a name of each. */
async function addPerson(account: string): Promise<void> {
  const body = { metadata: { name: account } };
  await server.admin.demand('POST', `/api/v1/namespaces/${RELEASE_NAMESPACE}/serviceaccounts`, { body });
  const token = await requestToken(server.admin, { account });
  const kubeconfig = await server.alteredKubeconfig({ from: server.adminToken, to: token });
  people.set(account, { token, connection: connectCluster({ kubeconfig }) });
}

async function allowToApprove(names: readonly string[]): Promise<void> {
  const base = `/apis/rbac.authorization.k8s.io/v1/namespaces/${RELEASE_NAMESPACE}`;
  const metadata = { name: 'approvers' };
  const rules = [{ apiGroups: ['vigilante.ext'], resources: ['approvals'], verbs: ['create', 'update', 'patch'] }];
  await server.admin.demand('POST', `${base}/roles`, { body: { metadata, rules } });
  await server.admin.demand('POST', `${base}/rolebindings`, {
    body: {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'approvers' },
      subjects: names.map((name) => ({ kind: 'ServiceAccount', name, namespace: RELEASE_NAMESPACE })),
    },
  });
}

async function untilObeyed(): Promise<void> {
  const isRefused = async () =>
    (await server.admin.call('POST', `${PATH}?dryRun=All`, { body: object({ by: 'nobody' }) })).status === 403;
  await waitUntil(isRefused, { what: 'the policy of approvals to be obeyed', timeoutMs: 120_000 });
}

function object(spec: object) {
  return {
    apiVersion: 'vigilante.ext/v1',
    kind: 'Approval',
    metadata: { generateName: 'tried-' },
    spec: { run: 'run-1', planDigest: DIGEST, decision: 'approve', by: 'nobody', ...spec },
  };
}

function connectionOf(name: string): ClusterConnection {
  const person = people.get(name);
  if (person === undefined) throw new Error(`nobody is called ${name}`);
  return person.connection;
}

function approvalsOf(name: string): Approvals {
  return createApprovals(connectionOf(name), RELEASE_NAMESPACE);
}

function approve(name: string, change: Partial<Approval> & Pick<Approval, 'run'>): Promise<Approval> {
  const { by: _, ...given } = {
    by: '',
    planDigest: DIGEST,
    decision: 'approve',
    comment: 'CHG-4711',
    notAfterMs: null,
    ...change,
  } as Approval;
  return approvalsOf(name).create(given);
}

function look(run: string, rules: Partial<ApprovalRules> = {}, startedBy = 'zoe'): Promise<LookAtApprovalsResult> {
  const approvals = createApprovals(maintainer, RELEASE_NAMESPACE);
  const activities = createApprovalActivities({
    rules: { ...RULES, ...rules },
    approvals,
    serverNowMs: maintainer.serverNowMs,
  });
  return new MockActivityEnvironment().run<[], LookAtApprovalsResult, () => Promise<LookAtApprovalsResult>>(() =>
    activities.lookAtApprovals({ run, planDigest: DIGEST, startedBy }),
  );
}

test('M37: an approval carries the name that the API server knows its writer by, and is found by the maintainer', async () => {
  expect(await look('run-ok')).toMatchObject({ kind: 'waiting' });
  expect(await approve('anna', { run: 'run-ok' })).toMatchObject({ by: auditUser('anna') });
  expect(await look('run-ok')).toEqual({ kind: 'approved', by: [auditUser('anna')] });
});

test("M37: another person's name is refused by the API server, whoever tries it", async () => {
  const { token } = people.get('anna') ?? { token: '' };
  const anna = createApiClient({ server: server.url, certificates: '', anyCertificate: true, token });
  const tried = object({ by: auditUser('bob') });
  for (const client of [anna, server.admin]) {
    const answer = await client.call('POST', PATH, { body: tried });
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain('spec.by must be who writes the approval: ');
  }
  await anna.close();
});

test('M37: without the right to create approvals nobody approves', async () => {
  await expect(approve('mallory', { run: 'run-no-right' })).rejects.toThrow(/403 Forbidden/);
  await expect(approvalsOf('mallory').list()).rejects.toThrow(/403 Forbidden/);
  expect(await look('run-no-right')).toMatchObject({ kind: 'waiting' });
});

test('M37: nobody changes an approval, not even who wrote it', async () => {
  const { body } = await server.admin.demand('POST', PATH, {
    body: object({ run: 'run-fixed', by: await adminName() }),
  });
  const { metadata } = body as { metadata: { name: string } };
  for (const spec of [{ planDigest: `sha256:${'b'.repeat(64)}` }, { notAfter: '2030-01-01T00:00:00Z' }]) {
    const answer = await server.admin.call('PATCH', `${PATH}/${metadata.name}`, {
      body: { spec },
      contentType: MERGE_PATCH,
    });
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain('an approval cannot be changed');
  }
});

async function adminName(): Promise<string> {
  const { body } = await server.admin.demand('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return (body as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

test.each([
  ['of another plan', { planDigest: `sha256:${'b'.repeat(64)}` }, 'it is for another plan'],
  ['that has expired', { notAfterMs: Date.UTC(2026, 0, 1) }, 'it expired at 2026-01-01 00:00:00 UTC'],
])('M37: one %s does not count, and one that does lasts until its end', async (_what, change, why) => {
  const run = why.includes('expired') ? 'run-late' : 'run-other';
  await approve('anna', { run, ...change });
  expect(await look(run)).toMatchObject({ kind: 'waiting', detail: expect.stringContaining(why) });
  const notAfterMs = Math.trunc(maintainer.serverNowMs()) + HOUR_MS;
  await approve('anna', { run, notAfterMs });
  expect(await look(run)).toEqual({ kind: 'approved', by: [auditUser('anna')], untilMs: notAfterMs });
});

test('M37: a rejection is a no although others approve', async () => {
  await approve('anna', { run: 'run-rejected' });
  await approve('bob', { run: 'run-rejected', decision: 'reject', comment: 'not this week' });
  expect(await look('run-rejected')).toEqual({ kind: 'rejected', by: auditUser('bob'), comment: 'not this week' });
});

test('M37: where two are needed, a person counts once and who started the run does not', async () => {
  const run = 'run-two';
  const two = { count: 2 };
  await approve('anna', { run });
  await approve('anna', { run });
  await approve('bob', { run });
  expect(await look(run, two, auditUser('anna'))).toMatchObject({
    kind: 'waiting',
    detail: expect.stringContaining('the same person started the run'),
  });
  await approve('carl', { run });
  expect(await look(run, two, auditUser('anna'))).toEqual({
    kind: 'approved',
    by: [auditUser('bob'), auditUser('carl')],
  });
});

test('M37: the API server takes no approval without a plan, a decision or a name', async () => {
  for (const spec of [{ planDigest: 'latest' }, { decision: 'perhaps' }, { by: '' }, { run: 'Not A Label' }]) {
    expect((await server.admin.call('POST', PATH, { body: object(spec) })).status).toBe(422);
  }
});
