/** Our own processes in a sandbox that a command starts, and the end of both. */

import type { Component } from '../../contracts/processes.ts';
import { forgetSandbox } from '../current-sandbox.ts';
import type { Sandbox } from '../start-sandbox.ts';
import type { VigilanteProcess } from '../vigilante-process.ts';

const STARTED: readonly Component[] = ['worker', 'starter', 'collector'];
/** Where nodes are maintained: `maintenance.enabled` is off by default. */
const WITH_MAINTENANCE: readonly Component[] = [...STARTED, 'maintainer'];

export async function startComponents(sandbox: Sandbox): Promise<readonly VigilanteProcess[]> {
  const components = sandbox.layout.hasMachines ? WITH_MAINTENANCE : STARTED;
  const started = await Promise.all(components.map((component) => sandbox.startProcess(component)));
  await Promise.all(started.map((component) => component.waitUntilReady()));
  return started;
}

export async function endSandbox(sandbox: Sandbox): Promise<void> {
  await sandbox.stop();
  await forgetSandbox(sandbox.layout);
}
