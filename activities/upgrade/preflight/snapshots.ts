/**
 * Snapshots of etcd in a folder: streamed beside their place, checked against the sum that etcd sends at their end, and only
 * then given their name (M32). A file of the folder that does not have its sum is no snapshot.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../../contracts/shape.ts';
import { messageOf } from '../../../domain/error-message.ts';
import { readLines } from '../../../kubernetes/client/lines.ts';
import type { EtcdGateway } from './etcd-gateway.ts';

export interface Snapshot {
  readonly file: string;
  readonly atMs: number;
}

export interface SnapshotSettings {
  readonly folder: string;
  /** Older ones are removed. */
  readonly keep: number;
}

const SUM_BYTES = 32;
/** etcd writes its file in pages of a multiple of this. */
const PAGE_BYTES = 512;
const NAME = /^etcd-(\d+)\.db$/;
const TIMEOUT_MS = 1_800_000;

/** The newest whose sum is right; null without one. */
export async function newestSnapshot({ folder }: Pick<SnapshotSettings, 'folder'>): Promise<Snapshot | null> {
  for (const { file, atMs } of await snapshotsIn(folder)) {
    if (await isWhole(join(folder, file))) return { file, atMs };
  }
  return null;
}

/** Throws where none can be had, or its sum is wrong; the folder is then as it was. */
export async function makeSnapshot(
  gateway: EtcdGateway,
  { folder, keep }: SnapshotSettings,
  nowMs: number,
): Promise<Snapshot> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = `etcd-${nowMs}.db`;
  const part = join(folder, `${file}.part`);
  try {
    await fetchFromAny(gateway, part);
    if (!(await isWhole(part))) throw new Error('the snapshot does not have the sum that etcd sent with it');
    await rename(part, join(folder, file));
  } finally {
    await rm(part, { force: true });
  }
  for (const old of (await snapshotsIn(folder)).slice(keep)) await rm(join(folder, old.file));
  return { file, atMs: nowMs };
}

/** The newest first. */
async function snapshotsIn(folder: string): Promise<readonly Snapshot[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.flatMap((file) => {
    const [, at] = NAME.exec(file) ?? [];
    return at === undefined ? [] : [{ file, atMs: Number(at) }];
  });
  return found.toSorted((a, b) => b.atMs - a.atMs);
}

async function fetchFromAny(gateway: EtcdGateway, path: string): Promise<void> {
  const failures: string[] = [];
  for (const endpoint of gateway.endpoints) {
    try {
      return await fetchFrom(gateway, endpoint, path);
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new Error(failures.join('; '));
}

async function fetchFrom(gateway: EtcdGateway, endpoint: string, path: string): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const body = await gateway.stream({ endpoint, path: '/v3/maintenance/snapshot', body: {}, signal });
  const file = await open(path, 'w', 0o600);
  try {
    for await (const line of readLines(body)) await file.write(blobOf(line, endpoint));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A message of the stream: an error in it ends the snapshot. */
function blobOf(line: string, endpoint: string): Buffer {
  const message: unknown = JSON.parse(line);
  const result = isRecord(message) ? message['result'] : null;
  if (isRecord(result)) {
    const blob = result['blob'];
    return Buffer.from(typeof blob === 'string' ? blob : '', 'base64');
  }
  throw new Error(`${endpoint} ended its snapshot: ${line.slice(0, 300)}`);
}

/** Pages, and the sha256 of all before it. */
async function isWhole(path: string): Promise<boolean> {
  const hash = createHash('sha256');
  let size = 0;
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    const all = Buffer.concat([tail, chunk as Buffer]);
    const end = Math.max(0, all.length - SUM_BYTES);
    hash.update(all.subarray(0, end));
    tail = all.subarray(end);
    size += (chunk as Buffer).length;
  }
  return size > SUM_BYTES && size % PAGE_BYTES === SUM_BYTES && hash.digest().equals(tail);
}
