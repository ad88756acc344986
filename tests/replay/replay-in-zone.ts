/** Replays all recorded histories in the time zone of this process, and prints what came of it as JSON. */

import { Worker } from '@temporalio/worker';
import { replayRecordedHistories } from './recorded-histories.ts';

const replayed = await replayRecordedHistories(Worker);
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
process.stdout.write(`${JSON.stringify({ timeZone, replayed })}\n`);
process.exit(0);
