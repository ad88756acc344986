/** The mark of a node that relapsed, and what changed since it, against a real API server (E23, E26). */

import { beforeEach, expect, test } from '@jest/globals';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { createNodes, type Nodes } from '../../../kubernetes/nodes/nodes.ts';
import type { TestApiServer } from './api-server.ts';
import { annotationsOf, createNode, patchNode, patchNodeInfo } from './cluster-fixtures.ts';
import type { HealingWorld } from './healing-world.ts';
import { useHealingWorld } from './use-healing-world.ts';

const HEALED = 'cops-vigilante-snat-node-healed';
const PROOF = 'vigilante-snat-proof';
const RELAPSED = 'vigilante-snat-relapsed';
const INFO = { systemUUID: 'machine-1', bootID: '7', kernelVersion: '10.0.20348', osImage: 'Windows' };
const AT_MS = Date.parse('2026-11-28T06:00:00.000Z');

let server: TestApiServer;
let world: HealingWorld;
let nodeCount = 0;
let node: NodeRef;

useHealingWorld((started) => {
  ({ server, world } = started);
});

beforeEach(async () => {
  nodeCount += 1;
  node = await createNode(server.admin, `win-${nodeCount}`);
  await patchNodeInfo(server.admin, node.name, INFO);
  const proof = { proven: 2, attempts: 2, evidence: 'source-address' };
  await world.run('annotateNode', { node, nodeVersion: null, evidence: 'proved', proof });
});

const versionOf = async () => (await world.nodes.observeVersion(node.name)).version;

test('E23: mark and proof go in one patch with the time of the relapse, which is read and stays', async () => {
  expect(await world.nodes.relapse(node, AT_MS, await versionOf())).toMatchObject({
    kind: 'annotated',
    facts: { healed: false, relapsedMs: AT_MS },
  });
  expect(await annotationsOf(server.admin, node.name)).toEqual({
    [HEALED]: 'false',
    [RELAPSED]: '2026-11-28T06:00:00.000Z',
  });
  await world.run('annotateNode', { node, nodeVersion: null, evidence: 'proved again' });
  expect(await world.nodes.observe(node.name)).toMatchObject({ facts: { healed: true, relapsedMs: AT_MS } });
});

test('E23: a node that others wrote meanwhile keeps its mark', async () => {
  const version = await versionOf();
  await patchNode(server.admin, node.name, { annotations: { other: 'write' } });
  expect(await world.nodes.relapse(node, AT_MS, version)).toEqual({ kind: 'node-changed' });
  expect(await annotationsOf(server.admin, node.name)).toMatchObject({ [HEALED]: 'true', [PROOF]: expect.any(String) });
});

test('E26: the proof has the six facts and the time of Ready, and a listed change ends the mark', async () => {
  const proof: unknown = JSON.parse((await annotationsOf(server.admin, node.name))[PROOF] ?? '');
  expect(proof).toMatchObject({ uid: node.uid, machine: 'machine-1', boot: '7', kernel: '10.0.20348', os: 'Windows' });
  expect(proof).toMatchObject({ image: '', ready: expect.any(String) });
  const reading = (...reheal: ('boot' | 'image')[]): Nodes =>
    createNodes(world.connection, { healedAnnotation: HEALED, reheal });
  await patchNodeInfo(server.admin, node.name, { ...INFO, kernelVersion: '10.0.20349' });
  expect(await reading().observe(node.name)).toMatchObject({ facts: { healed: true, mark: 'other-image' } });
  expect(await reading('boot').observe(node.name)).toMatchObject({ facts: { healed: true } });
  expect(await reading('image').observe(node.name)).toMatchObject({ facts: { healed: false, mark: 'other-image' } });
});
