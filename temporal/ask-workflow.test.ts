/** The question is asked again only where a worker says that it came too early. */

import { expect, test } from '@jest/globals';
import { QueryNotRegisteredError } from '@temporalio/client';

import { OPEN_TASK_MESSAGE } from '../contracts/names.ts';
import { askWorkflow } from './ask-workflow.ts';

const GRPC_INVALID_ARGUMENT = 3;

/** The enumeration of the codes belongs to a package that we do not depend on. */
function queryFailed(message: string): unknown {
  return Reflect.construct(QueryNotRegisteredError, [message, GRPC_INVALID_ARGUMENT]);
}

test('H15: a query that comes before its workflow task is asked again', async () => {
  let asked = 0;
  const answer = await askWorkflow(async () => {
    asked += 1;
    if (asked < 3) throw queryFailed(`Query failed: ${OPEN_TASK_MESSAGE}`);
    return 'healing';
  });
  expect(answer).toBe('healing');
  expect(asked).toBe(3);
});

test('H15: every other failure of a query is passed on at once', async () => {
  let asked = 0;
  const failing = askWorkflow(async () => {
    asked += 1;
    throw queryFailed('no such query');
  });
  await expect(failing).rejects.toThrow('no such query');
  expect(asked).toBe(1);
});
