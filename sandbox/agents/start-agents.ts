/** Starts the supervisor of a sandbox's agents. */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../config/load.ts';
import { type SandboxProcess, startProcess } from '../child-process.ts';
import { fileOf, logOf, type SandboxLayout } from '../layout.ts';
import type { AgentSettings } from './agent-settings.ts';

export interface AgentOptions {
  /** Nodes that get an agent, at most. */
  readonly count?: number;
  readonly reportIntervalSeconds?: number;
}

export const AGENT_COUNT_DEFAULT = 10;
/** An agent that does not report is noticed within ten seconds. */
const REPORT_INTERVAL_SECONDS = 5;

const PROGRAM = fileURLToPath(new URL('./supervisor-main.ts', import.meta.url));

/** Returns at once: pods and agents follow as nodes appear. */
export async function startAgents(
  layout: SandboxLayout,
  { count = AGENT_COUNT_DEFAULT, reportIntervalSeconds = REPORT_INTERVAL_SECONDS }: AgentOptions,
): Promise<SandboxProcess> {
  const { authentication } = loadConfig({ path: fileOf(layout, 'conf.yaml'), env: {} }).collector;
  const settings: AgentSettings = {
    layout,
    countMax: count,
    reportIntervalSeconds,
    audience: authentication.kind === 'off' ? null : authentication.audience,
  };
  const file = fileOf(layout, 'agents.json');
  // The administrator's token is in it.
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  return startProcess({
    name: 'agents',
    program: process.execPath,
    args: [PROGRAM, file],
    env: {},
    sandboxId: layout.id,
    logPath: logOf(layout, 'agents'),
  });
}
