/** Remembers the sandbox that was started from a terminal, for the commands of other terminals. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type SandboxLayout, SandboxLayoutSchema } from './layout.ts';
import { processesOf } from './reap.ts';

/** The sandbox that is up; null when there is none, or only the memory of one. */
export async function currentSandbox(): Promise<SandboxLayout | null> {
  const layout = await rememberedSandbox();
  return layout !== null && (await processesOf(layout.id)).length > 0 ? layout : null;
}

/** Returns false, and remembers nothing, when another sandbox is up. */
export async function rememberSandbox(layout: SandboxLayout): Promise<boolean> {
  if ((await currentSandbox()) !== null) return false;
  await mkdir(homeFolder(), { recursive: true });
  // The administrator's token is in it.
  await writeFile(stateFile(), JSON.stringify(layout), { mode: 0o600 });
  return true;
}

export async function forgetSandbox(layout: SandboxLayout): Promise<void> {
  if ((await rememberedSandbox())?.id === layout.id) await rm(stateFile(), { force: true });
}

/** Also one whose processes are gone. */
export async function rememberedSandbox(): Promise<SandboxLayout | null> {
  const text = await readFile(stateFile(), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = SandboxLayoutSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

function homeFolder(): string {
  const own = process.env['VIGILANTE_SANDBOX_HOME'];
  if (own !== undefined && own !== '') return own;
  const base = process.env['XDG_STATE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.local', 'state') : base, 'vigilante');
}

function stateFile(): string {
  return join(homeFolder(), 'sandbox.json');
}
