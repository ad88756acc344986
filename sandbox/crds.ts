/** Registers the custom resources of the chart: what lies in `charts/vigilante/crds`. */

import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import { errorCode } from './error-code.ts';
import { waitUntil } from './wait-until.ts';

const FOLDER = fileURLToPath(new URL('../charts/vigilante/crds/', import.meta.url));
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ESTABLISHED_TIMEOUT_MS = 30_000;

const DefinitionSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });
const EstablishedSchema = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish() }).optional(),
});

/** Resolves when the API server serves them; does nothing where the chart brings none. */
export async function applyCustomResources(api: ApiClient): Promise<void> {
  const files = (await filesOf(FOLDER)).filter((name) => name.endsWith('.yaml')).toSorted();
  await applyDefinitions(api, await Promise.all(files.map((name) => readFile(`${FOLDER}${name}`, 'utf8'))));
}

/** `texts` are files with CustomResourceDefinitions. */
export async function applyDefinitions(api: ApiClient, texts: readonly string[]): Promise<void> {
  const documents = texts.flatMap((text) => parseAllDocuments(text));
  for (const definition of documents.map((document) => DefinitionSchema.parse(document.toJS()))) {
    const path = `${DEFINITIONS}/${definition.metadata.name}`;
    await api.demand('POST', DEFINITIONS, { body: definition, alsoFine: [409] });
    await waitUntil(async () => isEstablished((await api.demand('GET', path)).body), {
      what: `the custom resource ${definition.metadata.name}`,
      timeoutMs: ESTABLISHED_TIMEOUT_MS,
    });
  }
}

async function filesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
}

function isEstablished(body: unknown): boolean {
  const conditions = EstablishedSchema.parse(body).status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}
