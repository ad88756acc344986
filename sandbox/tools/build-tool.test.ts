/** A build of a tool, with a stand-in for Go: the real one takes minutes. */

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { PART_NAMES } from '../parts/part.ts';
import { partTools } from '../world.ts';
import { buildTool } from './build-tool.ts';
import { toolNamed } from './catalogue.ts';
import { KUBERNETES_VERSION_DEFAULT } from './kubernetes-versions.ts';

/** Writes what it was called with to the file behind `-o`. */
const GO = `#!/bin/sh
all=$*
while [ "$1" != -o ]; do shift; done
echo "$all" > "$2"
`;

let folder: string;
const path = process.env['PATH'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigilante-build-tool-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'go'), GO);
  chmodSync(join(folder, 'bin', 'go'), 0o755);
  process.env['PATH'] = `${join(folder, 'bin')}:${path}`;
});

afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

test('a build ends with the program under its name, and says how long it took', async () => {
  const lines: string[] = [];
  const target = join(folder, 'etcd-v1.2.3');
  await buildTool({ tool: toolNamed('etcd'), version: 'v1.2.3', target, report: (line) => lines.push(line) });
  expect(readFileSync(target, 'utf8')).toContain('go.etcd.io/etcd/server/v3');
  expect(lines).toEqual([expect.stringMatching(/^built etcd v1\.2\.3 in \d+ s$/)]);
});

test('the demo needs one program for each part, and no other', () => {
  const tools = partTools(KUBERNETES_VERSION_DEFAULT);
  expect(tools).toHaveLength(PART_NAMES.length);
  expect(tools).not.toContain('kubectl');
  expect(tools.filter((name) => name.endsWith('-next'))).toEqual([]);
});
