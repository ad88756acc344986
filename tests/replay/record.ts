/** Records a history of each scenario: run it when a version of the workflows is released, and commit the files. */

import { writeFile } from 'node:fs/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { upgradeClusterWorkflowId } from '../../contracts/upgrade/names.ts';
import { startHarness, withHeal } from '../integration/heal-node/harness.ts';
import { withMaintainer } from '../integration/maintain-node/harness.ts';
import { withOnboarding } from '../integration/onboard-node/harness.ts';
import { withWatch } from '../integration/watch-connectivity/harness.ts';
import { withUpgrade } from '../upgrades/cluster/harness.ts';
import { MAINTENANCE_SCENARIOS } from './maintenance-scenarios.ts';
import { ONBOARD_SCENARIOS } from './onboard-scenarios.ts';
import { RECORDING_POLICY, SCENARIOS } from './scenarios.ts';
import { UPGRADE_SCENARIOS } from './upgrade-scenarios.ts';
import { WATCH_SCENARIOS } from './watch-scenarios.ts';
import { WATCHING_SCENARIOS } from './watching-scenarios.ts';

const [version, only = ''] = process.argv.slice(2);
if (version === undefined) {
  process.stderr.write('usage: node tests/replay/record.ts VERSION [BEGINNING-OF-THE-NAMES]\n');
  process.exit(2);
}
const harness = await startHarness();
for (const { name, policy, script, play } of SCENARIOS.filter((scenario) =>
  `heal-node.${scenario.name}`.startsWith(only),
)) {
  const options = { policy: { ...RECORDING_POLICY, ...policy }, ...(script === undefined ? {} : { script }) };
  await withHeal(harness, options, async (heal) => {
    await play(heal, harness);
    await write(`heal-node.${name}`, heal.handle);
  });
}
for (const { name, policy, script, play } of ONBOARD_SCENARIOS.filter((scenario) =>
  `onboard-node.${scenario.name}`.startsWith(only),
)) {
  const options = { policy: { ...RECORDING_POLICY, ...policy }, ...(script === undefined ? {} : { script }) };
  await withOnboarding(harness, options, async (heal) => {
    await play(heal, harness);
    await write(`onboard-node.${name}`, heal.handle);
  });
}
for (const { name, policy, play } of WATCH_SCENARIOS.filter((scenario) =>
  `watch-connectivity.${scenario.name}`.startsWith(only),
)) {
  await withWatch(harness, { policy }, async (watch) => {
    await play(watch);
    await write(`watch-connectivity.${name}`, watch.handle);
  });
}
for (const { name, play, workflowId } of MAINTENANCE_SCENARIOS.filter((scenario) => scenario.name.startsWith(only))) {
  await withMaintainer(harness, async (scene) => {
    await play(scene, harness);
    await write(name, harness.env.client.workflow.getHandle(workflowId(scene.cluster)));
  });
}
for (const { name, play } of UPGRADE_SCENARIOS.filter((scenario) => scenario.name.startsWith(only))) {
  await withUpgrade(harness, async (scene) => {
    await play(scene);
    await write(name, harness.env.client.workflow.getHandle(upgradeClusterWorkflowId(scene.cluster)));
  });
}
for (const { name, record } of WATCHING_SCENARIOS.filter((scenario) => scenario.name.startsWith(only))) {
  await record(harness, (handle, part) => write(part === undefined ? name : `${name}-${part}`, handle));
}
await harness.env.teardown();
process.exit(0);

async function write(name: string, handle: WorkflowHandle): Promise<void> {
  const file = new URL(`histories/${name}.v${version}.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(await handle.fetchHistory())}\n`);
  process.stdout.write(`${name}: recorded\n`);
}
