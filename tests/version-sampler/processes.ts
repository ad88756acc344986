/** The programs that run on this machine, by `/proc`: what they are, and which version each says that it is. */

import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface RunningProgram {
  readonly component: 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';
  readonly version: string;
  readonly address: string;
  readonly port: number;
}

const execute = promisify(execFile);
const COMPONENT = /\/(etcd|kube-apiserver|kube-controller-manager|kube-scheduler)(?:-next)?(?:-v[\d.]+)?$/;
const VERSION = /v?\d+\.\d+\.\d+/;

/** By the path of the program. */
const versions = new Map<string, Promise<string>>();

export async function runningPrograms(): Promise<readonly RunningProgram[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map(programOf))).flat();
}

async function programOf(pid: string): Promise<readonly RunningProgram[]> {
  const path = await readlink(`/proc/${pid}/exe`).catch(() => '');
  const component = COMPONENT.exec(path)?.[1];
  if (!isComponent(component)) return [];
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const place = component === 'etcd' ? etcdPlace(line) : servingPlace(line);
  return place === null ? [] : [{ component, version: await versionOf(path), ...place }];
}

function isComponent(name: string | undefined): name is RunningProgram['component'] {
  return name !== undefined;
}

function etcdPlace(line: string): { address: string; port: number } | null {
  const [, address, port] = /--listen-client-urls=http:\/\/([\d.]+):(\d+)/.exec(line) ?? [];
  return address === undefined ? null : { address, port: Number(port) };
}

function servingPlace(line: string): { address: string; port: number } | null {
  const address = /--bind-address=([\d.]+)/.exec(line)?.[1];
  const port = /--secure-port=(\d+)/.exec(line)?.[1];
  return address === undefined || port === undefined ? null : { address, port: Number(port) };
}

/** Asked once of each program: `--version`. */
function versionOf(path: string): Promise<string> {
  const known = versions.get(path) ?? askVersion(path);
  versions.set(path, known);
  return known;
}

async function askVersion(path: string): Promise<string> {
  const { stdout } = await execute(path, ['--version']);
  const found = VERSION.exec(stdout)?.[0] ?? '';
  return found.startsWith('v') ? found : `v${found}`;
}
