/**
 * `npm run compose:verify`: runs both profiles of docker-compose.yml for real, against a sandbox, and leaves nothing
 * behind. Needs a Docker engine on this machine with the images that the file names, or a registry that has them.
 */

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { EXIT_UNAVAILABLE, MissingPrerequisite } from '../../sandbox/tools/missing-prerequisite.ts';
import { PROFILES, type Profile } from '../chart/compose-file.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { demandEngine } from './docker.ts';
import { verifyProfile } from './verify-profile.ts';

const EXIT_FAILED = 1;
/** `EX_USAGE` of sysexits.h. */
const EXIT_USAGE = 64;
/** What a shell answers for an interrupted command. */
const EXIT_INTERRUPTED = 130;
/** Agents probe the collector, for the panels of the connectivity. */
const AGENTS = 3;

const report = (line: string) => void process.stdout.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const profiles = profilesOf(args);
  if (profiles === null) {
    process.stderr.write(`usage: npm run compose:verify -- [--profile=${PROFILES.join('|')}]\n`);
    return EXIT_USAGE;
  }
  report(await demandEngine());
  const name = `vigilante-verify-${randomBytes(3).toString('hex')}`;
  const cluster = await startCluster(name);
  try {
    return await verify(cluster, { name, profiles });
  } finally {
    await cluster.stop();
  }
}

/** Null after a wrong argument. */
function profilesOf(args: readonly string[]): readonly Profile[] | null {
  try {
    const { profile } = parseArgs({ args: [...args], options: { profile: { type: 'string' } } }).values;
    const chosen = PROFILES.filter((one) => profile === undefined || one === profile);
    return chosen.length > 0 ? chosen : null;
  } catch {
    return null;
  }
}

async function verify(
  cluster: Cluster,
  { name, profiles }: { name: string; profiles: readonly Profile[] },
): Promise<number> {
  const problems: string[] = [];
  await cluster.sandbox.startAgents({ count: AGENTS });
  for (const profile of profiles) await verifyProfile({ cluster, name, report, problems }, profile);
  for (const problem of problems) report(`PROBLEM ${problem}`);
  report(problems.length === 0 ? `as it should be: ${profiles.join(', ')}` : `${problems.length} problems`);
  return problems.length === 0 ? 0 : EXIT_FAILED;
}

let interrupted = false;
// Docker gets the signal too; what it was doing fails, and the removal follows.
process.on('SIGINT', () => {
  interrupted = true;
});
try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof MissingPrerequisite ? error.message : String(error)}\n`);
  if (interrupted) process.exit(EXIT_INTERRUPTED);
  process.exit(error instanceof MissingPrerequisite ? EXIT_UNAVAILABLE : EXIT_FAILED);
}
