/** Where a file may be brought to on a node. */

import { expect, test } from '@jest/globals';
import { ArtifactsSchema } from './maintenance-artifacts.ts';

const FILE = { name: 'kubelet', url: 'https://files.example.com/kubelet', sha256: '0'.repeat(64) };

test.each([
  ['/usr/local/bin/kubelet', true],
  ['/opt/..data/file', true],
  ['', false],
  ['/', false],
  ['usr/bin/kubelet', false],
  ['/usr//kubelet', false],
  ['/usr/./kubelet', false],
  ['/usr/../kubelet', false],
  ['/usr/bin/..', false],
  ['/usr/bin/', false],
  ['/usr/\0', false],
])('M53: the path %j of a file on the node is accepted: %s', (path, isFine) => {
  expect(ArtifactsSchema.safeParse([{ ...FILE, path }]).success).toBe(isFine);
});
