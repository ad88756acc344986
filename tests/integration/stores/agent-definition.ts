/** Applies the chart's definition of the custom resource. */

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

import type { ApiClient } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';

const DEFINITION = new URL('../../../charts/vigilante/crds/agents.yaml', import.meta.url);
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const AGENTS = '/apis/network-checker.ext/v1/namespaces/default/agents';
const FIRST_AGENT = { apiVersion: 'network-checker.ext/v1', kind: 'Agent', metadata: { name: 'first' }, spec: {} };
const NAME = 'agents.network-checker.ext';

/** Returns the applied definition as the API server shows it. */
export async function applyAgentDefinition(admin: ApiClient): Promise<unknown> {
  const body: unknown = parse(await readFile(DEFINITION, 'utf8'));
  await admin.demand('POST', DEFINITIONS, { body });
  const isServed = async () => (await admin.call('GET', AGENTS)).status === 200;
  await waitUntil(isServed, { what: `${NAME} to be served`, timeoutMs: 120_000 });
  // The first write waits until the API server has set up its storage, which may take seconds.
  const isWritable = async () => (await admin.call('POST', AGENTS, { body: FIRST_AGENT })).status === 201;
  await waitUntil(isWritable, { what: `${NAME} to be written`, timeoutMs: 120_000 });
  await admin.demand('DELETE', `${AGENTS}/first`);
  return (await admin.demand('GET', `${DEFINITIONS}/${NAME}`)).body;
}

export async function removeAgentDefinition(admin: ApiClient): Promise<void> {
  await admin.demand('DELETE', `${DEFINITIONS}/${NAME}`);
  const isGone = async () => (await admin.call('GET', AGENTS)).status === 404;
  await waitUntil(isGone, { what: `${NAME} to be gone`, timeoutMs: 120_000 });
}
