/** Checks of what the run itself needs, and of what other watches of the cluster say. */

import { createHash } from 'node:crypto';

import { messageOf } from '../../../domain/error-message.ts';
import { parseNodeName } from '../../../domain/node/identity.ts';
import { alertFindings } from '../../../domain/upgrade/preflight/alerts.ts';
import type { Finding } from '../../../domain/upgrade/preflight/finding.ts';
import type { OtherWatch, PreflightSettings } from './deps.ts';
import type { Finder, Found } from './found.ts';

const FETCH_TIMEOUT_MS = 600_000;

export const alerts: Finder = async ({ alertsSince, settings }, { nowMs }) => {
  const verdict = await alertsSince(nowMs - settings.alertsForMs);
  if (verdict === null) return { findings: [], fine: 'not looked at: maintenance.gates.alerts.source is none' };
  return { findings: alertFindings(verdict), fine: 'no alert that counts fires' };
};

export const connectivity: Finder = ({ connectivity: watch }) =>
  askedOf(
    watch,
    'all agents are connected',
    'not looked at: connectivity.enabled, or maintenance.prove.connectivity, is off',
  );

export const privileges: Finder = ({ privileges: watch }) =>
  askedOf(watch, 'no container has more than is declared', 'not looked at: maintenance.privileges.gate is off');

async function askedOf(watch: OtherWatch, fine: string, notAsked: string): Promise<Found> {
  return watch === null ? { findings: [], fine: notAsked } : { findings: await watch(), fine };
}

/** Each is fetched, and kept nowhere. */
export const artifacts: Finder = async ({ settings }, { input }) => {
  const all = [...settings.artifacts, ...input.versions.artifacts];
  const findings: Finding[] = [];
  for (const artifact of all) findings.push(...(await artifactFindings(artifact)));
  return { findings, fine: `${all.length} files can be had, and have their sums` };
};

async function artifactFindings({
  name,
  url,
  sha256,
}: PreflightSettings['artifacts'][number]): Promise<readonly Finding[]> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!answer.ok || answer.body === null) return [block(name, `${url} answered ${answer.status}`)];
    const hash = createHash('sha256');
    const body: AsyncIterable<Uint8Array> = answer.body;
    for await (const chunk of body) hash.update(chunk);
    const sum = hash.digest('hex');
    return sum === sha256 ? [] : [block(name, `${url} has the sha256 ${sum}, not ${sha256}`)];
  } catch (error) {
    return [block(name, `${url} cannot be had: ${messageOf(error)}`)];
  }
}

/** Tried out on one node in question: the templates are the same for all. */
export const executors: Finder = async ({ executors: all }, look) => {
  const found = (await look.nodesInQuestion()).flatMap((node) => {
    const name = parseNodeName(node.name);
    return name === null || node.uid === null ? [] : [{ name, uid: node.uid }];
  });
  const [node] = found;
  if (node === undefined) return { findings: [], fine: 'no node is in question' };
  const findings: Finding[] = [];
  for (const [name, { tryOut }] of all) {
    const refusal = (await tryOut?.(node)) ?? null;
    if (refusal !== null) findings.push(block(name, refusal));
  }
  return { findings, fine: `${all.size} executors are configured, and their pods would be admitted` };
};

function block(object: string, detail: string): Finding {
  return { answer: 'block', object, detail };
}
