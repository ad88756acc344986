/** Every object of a cluster, of whatever kind. */

import { join } from 'node:path';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { ChartWorld } from './chart-world.ts';

/** Events go by themselves, an hour after they were written. */
const LEFT_OUT = /^events(\.|$)/;
const LINE = '{range .items[*]}{.apiVersion}{" "}{.kind}{" "}{.metadata.namespace}{"/"}{.metadata.name}{"\\n"}{end}';

const GONE_TIMEOUT_MS = 120_000;
const GONE_POLL_MS = 500;

/** Lines such as `apps/v1 Deployment nodes/care-vigilante-worker`, sorted. */
export function allObjects(world: ChartWorld): readonly string[] {
  const kubectl = `kubectl --cache-dir '${join(world.folder, 'kubectl-cache')}'`;
  const kinds = lines(demand(world, `${kubectl} api-resources --verbs=list --output=name`));
  const listed = kinds.filter((kind) => !LEFT_OUT.test(kind)).join(',');
  return lines(demand(world, `${kubectl} get ${listed} --all-namespaces --output 'jsonpath=${LINE}'`)).toSorted();
}

/**
 * What is there now and was not, or the other way round. Waits for what the garbage collector still has to do, and
 * calls `meanwhile` before each look.
 */
export async function differenceFrom(
  before: readonly string[],
  world: ChartWorld,
  meanwhile: () => Promise<void>,
): Promise<readonly string[]> {
  let difference: readonly string[] = [];
  const isSame = async () => {
    await meanwhile();
    const now = allObjects(world);
    difference = [
      ...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
      ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
    ];
    return difference.length === 0;
  };
  await waitUntil(isSame, { what: 'the same objects', timeoutMs: GONE_TIMEOUT_MS, pollMs: GONE_POLL_MS }).catch(
    () => {},
  );
  return difference;
}

function demand(world: ChartWorld, line: string): string {
  const { status, stdout, stderr } = world.shell(line);
  if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
  return stdout;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
