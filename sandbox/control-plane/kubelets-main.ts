/** The process that plays the kubelets of the control-plane nodes of a sandbox, and balances their API servers. */

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminAccess } from '../admin-access.ts';
import { createApiClient } from '../api-client.ts';
import { SandboxLayoutSchema } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';
import { startBalancer } from './balancer.ts';
import { endLeftovers } from './leftovers.ts';
import { createMirrorPods } from './mirror-pods.ts';
import { createStaticPods, type RunningPod } from './static-pods.ts';

const RECONCILE_EVERY_MS = 200;
const SHOW_EVERY_MS = 500;

const [layoutFile] = process.argv.slice(2);
if (layoutFile === undefined) throw new Error('usage: kubelets-main.ts LAYOUT_FILE');
const layout = SandboxLayoutSchema.parse(JSON.parse(await readFile(layoutFile, 'utf8')));
await endLeftovers(layout);
const pods = createStaticPods(layout);
const mirrorPods = createMirrorPods(createApiClient(await adminAccess(layout)));
const servers = (isWanted: (one: RunningPod) => boolean) =>
  pods
    .running()
    .filter((one) => one.pod === 'kube-apiserver' && isWanted(one))
    .map(({ place }) => place.address);
await startBalancer({
  host: LOOPBACK,
  port: layout.ports.apiserver,
  ready: () => servers(({ isReady }) => isReady),
  silent: () => servers(({ isReady, isEnding }) => !isReady && !isEnding),
});

/** Never resolves; what goes wrong is reported and tried again. */
async function repeat(everyMs: number, action: () => Promise<void>): Promise<never> {
  for (;;) {
    await action().catch((error: unknown) => console.error(String(error)));
    await sleep(everyMs);
  }
}

await Promise.all([
  repeat(RECONCILE_EVERY_MS, () => pods.reconcile()),
  repeat(SHOW_EVERY_MS, async () => {
    if (servers(({ isReady }) => isReady).length > 0) await mirrorPods.show(pods.running());
  }),
]);
