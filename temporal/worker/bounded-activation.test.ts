/** What is cut from a workflow task before a workflow sees it. */

import { expect, test } from '@jest/globals';
import proto from '@temporalio/proto';
import { boundedActivation } from './bounded-activation.ts';

const payload = (encoding: string, data: string) => ({
  metadata: { encoding: Buffer.from(encoding) },
  data: Buffer.from(data),
});
const many = () => Array.from({ length: 1_000 }, () => payload('json/plain', '1'));

test('two arguments of each message are kept', () => {
  const activation = proto.coresdk.workflow_activation.WorkflowActivation.fromObject({
    jobs: [
      { signalWorkflow: { input: many() } },
      { queryWorkflow: { arguments: many() } },
      { doUpdate: { input: many() } },
      { initializeWorkflow: { arguments: many() } },
      { fireTimer: {} },
    ],
  });
  const [signal, query, update, start] = boundedActivation(activation).jobs ?? [];
  expect(signal?.signalWorkflow?.input).toHaveLength(2);
  expect(query?.queryWorkflow?.arguments).toHaveLength(2);
  expect(update?.doUpdate?.input).toHaveLength(2);
  expect(start?.initializeWorkflow?.arguments).toHaveLength(2);
});

test('search attributes that the SDK cannot read are left out', () => {
  const indexedFields = {
    VigilanteState: payload('json/plain', '"healing"'),
    Null: payload('binary/null', ''),
    Broken: payload('json/plain', ''),
    Odd: payload('json/protobuf', '"x"'),
    Missing: {},
  };
  const activation = proto.coresdk.workflow_activation.WorkflowActivation.fromObject({
    jobs: [{ initializeWorkflow: { searchAttributes: { indexedFields } } }],
  });
  const [job] = boundedActivation(activation).jobs ?? [];
  expect(Object.keys(job?.initializeWorkflow?.searchAttributes?.indexedFields ?? {})).toEqual(['VigilanteState']);
});
