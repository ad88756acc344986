/** Clocks that are set or wrong: no agent becomes outdated or fresh by one, in a real process and in shared stores. */

import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { ConnectivityVerdict } from '../../../contracts/connectivity/watch-connectivity.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type ApiServerPods, createAgentPods } from './agent-pods.ts';
import { callUrl } from './collector-call.ts';
import { collectorProcesses } from './collector-process.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';

const NAMESPACE = 'agents';
const NODE = 'node-1';
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Debian's package `faketime`; without it the test of a process is left out. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

let apiServer: TestApiServer;
let pods: ApiServerPods;

beforeAll(async () => {
  apiServer = await startApiServer();
  pods = await createAgentPods(apiServer.admin, { namespace: NAMESPACE, node: NODE });
  for (const name of ['lively', 'silent']) await pods.add(name);
});

afterAll(async () => {
  await apiServer?.stop();
});

async function stateOf(url: string, name: string): Promise<string> {
  const { text } = await callUrl(`${url}/api/v2/agents/${NAMESPACE}/${name}`, 'GET');
  return (JSON.parse(text) as { state?: string }).state ?? text;
}

const report = (url: string, name: string, seconds: number) => {
  const body = reportBody(name, { nodename: NODE, report_interval: seconds });
  return callUrl(`${url}/api/v1/agents/${name}`, 'POST', { body });
};

/** Long enough for several of its two intervals on a busy machine. */
const INTERVAL_SECONDS = 5;

(existsSync(FAKETIME) ? test : test.skip)(
  'a process whose wall clock is set, in both directions and over kill -9, tells neither of two agents wrong',
  async () => {
    const processes = await collectorProcesses({
      kubeconfig: apiServer.kubeconfig('admin').path,
      config: { checkInterval: '200ms', agents: { reportsPerSecond: 100 } },
      env: (folder) => ({
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: join(folder, 'faketime'),
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      }),
    });
    /** The certificate of the API server is good from an hour before it was made. */
    const setClock = async (seconds: number) => {
      const path = join(processes.folder, 'faketime');
      await writeFile(`${path}.new`, `${seconds >= 0 ? '+' : ''}${seconds}s\n`);
      await rename(`${path}.new`, path);
    };
    const shownClockMs = async () => {
      const { text } = await callUrl(`${processes.url}/api/v2/connectivity`, 'GET');
      return (JSON.parse(text) as ConnectivityVerdict).atMs;
    };
    const stopping = new AbortController();
    const wrong: string[] = [];
    const keepReporting = async () => {
      while (!stopping.signal.aborted) {
        const answer = await report(processes.url, 'lively', INTERVAL_SECONDS).catch(() => null);
        const state = await stateOf(processes.url, 'lively').catch(() => null);
        if (answer?.status === 200 && (state === 'outdated' || state === 'absent')) wrong.push(state);
        await sleep(200);
      }
    };
    let reporting: Promise<void> | null = null;
    try {
      await setClock(0);
      let collector = await processes.start();
      expect((await report(processes.url, 'silent', INTERVAL_SECONDS)).status).toBe(200);
      reporting = keepReporting();
      const isOutdated = async () => (await stateOf(processes.url, 'silent')) === 'outdated';
      for (const seconds of [-3_000, 86_400, -3_000]) {
        await setClock(seconds);
        const isSet = async () => Math.abs((await shownClockMs()) - Date.now() - seconds * 1_000) < 600_000;
        await waitUntil(isSet, { what: `the clock to be set by ${seconds} s`, timeoutMs: 120_000 });
        await waitUntil(isOutdated, { what: 'the silent agent to be outdated', timeoutMs: 120_000 });
        await collector.kill('SIGKILL');
        await setClock(Math.max(-seconds / 2, -3_000));
        collector = await processes.start();
        await waitUntil(isOutdated, { what: 'it to be outdated after the restart', timeoutMs: 120_000 });
      }
      expect((await report(processes.url, 'silent', INTERVAL_SECONDS)).status).toBe(200);
      expect(await stateOf(processes.url, 'silent')).toBe('reporting');
    } finally {
      stopping.abort();
      await reporting;
      await processes.stop();
    }
    expect(wrong).toEqual([]);
  },
  600_000,
);

const SHARED = ['etcd', 'custom-resources'] as const;
const CASES = SHARED.flatMap((store) => [-DAY_MS, HOUR_MS].map((ms): [(typeof SHARED)[number], number] => [store, ms]));

test.each(CASES)(
  'two collectors on %s whose clocks are %i ms apart, and one that starts later, say the same of each agent',
  async (store, apartMs) => {
    const shared = { apiServer, store, etcdTree: `/clocks${apartMs}`, namespace: 'default' };
    const worlds: CollectorWorld[] = [];
    const start = async (wallStepMs: number) => {
      const world = await startCollectorWorld({ ...shared, wallStepMs });
      worlds.push(world);
      return world;
    };
    try {
      const [one, other] = [await start(0), await start(apartMs)];
      const pass = (ms: number) => worlds.forEach((world) => world.advance(ms));
      const states = () =>
        Promise.all(worlds.map(async ({ url }) => `${await stateOf(url, 'lively')} ${await stateOf(url, 'silent')}`));
      const all = (state: string) =>
        waitUntil(async () => (await states()).every((found) => found === state), {
          what: `all collectors to say ${state}`,
          timeoutMs: 120_000,
          explain: async () => (await states()).join(', '),
        });
      await report(other.url, 'silent', 60);
      for (const { url } of [one, other, one]) {
        await report(url, 'lively', 60);
        await all('reporting reporting');
        pass(30_000);
        expect(await states()).toEqual(['reporting reporting', 'reporting reporting']);
      }
      pass(40_000);
      for (const { url } of [other, one]) {
        await report(url, 'lively', 60);
        await all('reporting outdated');
      }
      await report(other.url, 'lively', 60);
      await start(-apartMs);
      await all('reporting outdated');
      await report(one.url, 'silent', 60);
      await all('reporting reporting');
    } finally {
      for (const world of worlds) {
        await world.collector.registry.remove(['lively', 'silent']).catch(() => undefined);
        await world.stop();
      }
    }
  },
);
