/** Ends a demo whose processes have ended. */

import { logTail, type SandboxProcess } from '../child-process.ts';
import { SandboxProblem } from '../exit-code.ts';

export async function demandRunning(components: readonly SandboxProcess[]): Promise<void> {
  const dead = components.find((component) => !component.isRunning());
  if (dead === undefined) return;
  const { code, signal } = await dead.exited;
  throw new SandboxProblem(
    `${dead.name} ended (${signal ?? `exit code ${code}`}); its log ends with:\n${await logTail(dead.logPath)}`,
  );
}
