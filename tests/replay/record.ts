/** Records a history of each scenario: run it when a version of the workflows is released, and commit the files. */

import { writeFile } from 'node:fs/promises';
import { startHarness, withHeal } from '../integration/heal-node/harness.ts';
import { RECORDING_POLICY, SCENARIOS } from './scenarios.ts';

const [version] = process.argv.slice(2);
if (version === undefined) {
  process.stderr.write('usage: node tests/replay/record.ts VERSION\n');
  process.exit(2);
}
const harness = await startHarness();
for (const { name, policy, script, play } of SCENARIOS) {
  const options = { policy: { ...RECORDING_POLICY, ...policy }, ...(script === undefined ? {} : { script }) };
  await withHeal(harness, options, async (heal) => {
    await play(heal, harness);
    const history = await heal.handle.fetchHistory();
    const file = new URL(`histories/heal-node.${name}.v${version}.json`, import.meta.url);
    await writeFile(file, `${JSON.stringify(history)}\n`);
    process.stdout.write(`${name}: recorded\n`);
  });
}
await harness.env.teardown();
process.exit(0);
