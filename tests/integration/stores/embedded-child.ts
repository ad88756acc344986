/** An embedded store in a process of its own, which a test can kill or take the disk from; asked over IPC. */

import { createEmbeddedStore } from '../../../collector/stores/embedded-store.ts';
import type { ChildAnswer, ChildRequest } from './embedded-remote.ts';
import { contentOf } from './records.ts';

const store = createEmbeddedStore({ path: process.argv[2] ?? '', onProblem: () => {} });

async function perform(request: ChildRequest): Promise<unknown> {
  switch (request.kind) {
    case 'open':
      return contentOf(store);
    case 'save':
      return store.save(request.record);
    case 'remove':
      return store.remove(request.names);
    case 'close':
      return store.close();
    case 'problem':
      return null;
    default:
      throw new Error('an unknown request');
  }
}

function answer(message: ChildAnswer): void {
  process.send?.(message);
}

process.on('message', (request: ChildRequest) => {
  perform(request).then(
    (value) => answer({ id: request.id, value, error: null, problem: store.problem() }),
    (error: unknown) => answer({ id: request.id, value: null, error: String(error), problem: store.problem() }),
  );
});
process.on('disconnect', () => process.exit());
