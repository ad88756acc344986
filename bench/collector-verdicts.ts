/** What a collector says while it is killed again and again, and whether it still knows each report afterwards. */

import { setTimeout as sleep } from 'node:timers/promises';
import { callUrl } from '../tests/integration/collector/collector-call.ts';
import { AGENTS } from './collector-agents.ts';

const CHECK_EVERY_MS = 500;
const ALL_REPORT = `All ${AGENTS} pods successfully reported`;

/** Again and again, while the collector comes and goes. */
export function watchChecks(url: string): { end(): Promise<string[]> } {
  const flaps: string[] = [];
  const ending = new AbortController();
  const watching = (async () => {
    for (; !ending.signal.aborted; await sleep(CHECK_EVERY_MS)) {
      const said = await checkOf(url).catch(() => null);
      if (said !== null) flaps.push(`a check said: ${said.slice(0, 200)}`);
    }
  })();
  return {
    async end() {
      ending.abort();
      await watching;
      return flaps;
    },
  };
}

/** Null where all agents report; throws where there is no verdict. */
export async function checkOf(url: string): Promise<string | null> {
  const answer = await callUrl(`${url}/api/v1/connectivity_check`, 'GET');
  if (answer.status >= 500) throw new Error(`no verdict: ${answer.text}`);
  return answer.text.includes(ALL_REPORT) ? null : answer.text;
}

/** Agents whose newest acknowledged report is newer than the one that the collector knows. */
export async function lostIn(url: string, newest: readonly number[]): Promise<string[]> {
  const known = JSON.parse((await callUrl(`${url}/api/v1/agents/`, 'GET')).text) as Record<string, { uptime: number }>;
  return newest.flatMap((number, agent) => {
    const uptime = known[`agent-${agent}`]?.uptime ?? 0;
    return uptime >= number ? [] : [`report ${number} of agent-${agent} was acknowledged, and ${uptime} is its newest`];
  });
}
