/** Reading the audit log. */

import { expect, test } from '@jest/globals';
import { parseAuditLog } from './audit.ts';

const LINE = {
  stage: 'ResponseComplete',
  verb: 'create',
  user: { username: 'system:serviceaccount:vigilante:vigilante-worker' },
  requestURI: '/api/v1/namespaces/vigilante/pods',
  requestReceivedTimestamp: '2026-01-02T03:04:05.000001Z',
  stageTimestamp: '2026-01-02T03:04:05.500000Z',
  objectRef: { resource: 'pods', namespace: 'vigilante' },
  responseStatus: { code: 201 },
  requestObject: { metadata: { name: 'healer' } },
};

test('a create is named by what was sent', () => {
  expect(parseAuditLog(`${JSON.stringify(LINE)}\n`)).toEqual([
    expect.objectContaining({
      name: 'healer',
      resource: 'pods',
      code: 201,
      user: 'system:serviceaccount:vigilante:vigilante-worker',
      receivedMs: Date.parse('2026-01-02T03:04:05.000Z'),
      completedMs: Date.parse('2026-01-02T03:04:05.500Z'),
    }),
  ]);
});

test('a line that was cut off is passed over, the ones around it are not', () => {
  const line = JSON.stringify(LINE);
  expect(parseAuditLog(`${line}\n${line.slice(0, 40)}\n${line}\n`)).toHaveLength(2);
});
