/** `vigilante fetch-artifacts`: what the init container of an act runs. Asks no server but those of the files. */

import { ArtifactsSchema } from '../../config/schema/maintenance-artifacts.ts';
import { messageOf } from '../../domain/error-message.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { fetchArtifacts } from './fetch-artifacts.ts';

const AGAIN_MS = 2_000;

/** @param written a list of artifacts as JSON */
export async function fetchArtifactsCommand(
  terminal: Terminal,
  { root, written }: { readonly root: string; readonly written: string },
): Promise<ExitCode> {
  const artifacts = artifactsIn(written);
  try {
    await fetchArtifacts(artifacts, { root, againMs: AGAIN_MS, report: (line) => terminal.write(`${line}\n`) });
  } catch (error) {
    throw new CommandError(EXIT.conditionNotMet, messageOf(error), error);
  }
  return EXIT.ok;
}

function artifactsIn(written: string) {
  try {
    return ArtifactsSchema.parse(JSON.parse(written));
  } catch (error) {
    throw new CommandError(EXIT.usage, `not a list of artifacts: ${messageOf(error)}`, error);
  }
}
