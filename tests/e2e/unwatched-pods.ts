/** A scene of the least privilege: a worker that may not watch the healing pods that it waits for. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { HealingWorld } from './healing-world.ts';
import type { Deprivation } from './least-privilege-scenes.ts';

const WAIT_MS = 120_000;

/** A worker whose pods ask endpoints. Degrades as designed: it asks for each pod instead of watching them. */
export function unwatched(world: HealingWorld): Deprivation {
  let replica: VigilanteProcess | null = null;
  const untilWatchAnswers = async (code: number) => {
    const page = `${replica?.httpUrl}/metrics`;
    const sample = `vigilante_kubernetes_requests_total{verb="watch",resource="pods",code="${code}"}`;
    const isServed = async () => {
      const answer = await fetch(page).catch(() => null);
      return answer !== null && (await answer.text()).includes(sample);
    };
    await waitUntil(isServed, { what: `${sample} of ${page}`, timeoutMs: WAIT_MS, pollMs: 200 });
  };
  return {
    act: async () => {
      const endpoints = [{ name: 'nowhere', url: 'http://127.0.0.1:9/', answer: 'text', trust: 'unsigned' }];
      const configPath = join(world.sandbox.layout.folder, 'asking.yaml');
      const healing = { evidence: 'source-address', echo: { endpoints } };
      await writeFile(configPath, stringify({ cluster: SANDBOX_CLUSTER, healing }));
      replica = await world.sandbox.startProcess('worker', { replica: 8, configPath });
    },
    suffers: async () => {
      await untilWatchAnswers(403);
      await replica?.waitUntilReady();
    },
    recovers: () => untilWatchAnswers(200),
    cleanUp: async () => {
      await replica?.kill('SIGKILL');
    },
  };
}
