/** Processes out of the images against a real control plane and a real Temporal: a node is healed, an agent is seen. */

import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import { agentPodName } from '../../sandbox/agents/agent-pod.ts';
import { logTail } from '../../sandbox/child-process.ts';
import { answersOk } from '../../sandbox/parts/part.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { startContainer } from './container.ts';
import { type Containers, mountsFor, NODE, type ProofOptions, startAll, until } from './proof-containers.ts';

/** docker-compose.yml gives a process this long to end; the chart as well. */
const GRACE_MS = 40_000;
const NO_CAPABILITIES = '0000000000000000';

/** Throws at the first thing that is not as it should be. */
export async function proveImages(options: ProofOptions): Promise<void> {
  const { report } = options;
  const sandbox = await startSandbox({
    report,
    vigilante: {
      healing: { window: '10s', interval: '1s' },
      collector: { nodeGrace: '0s', checkInterval: '500ms' },
      connectivity: { interval: '1s' },
    },
  });
  try {
    await sandbox.addNode(NODE);
    const containers = await startAll(sandbox, options);
    await demandConfinement(containers, report);
    await untilHealed(sandbox, containers);
    report(`${NODE} is healed by worker and starter from the image`);
    await untilVerdict(sandbox, containers);
    report('the collector from the image has the report of the agent from its image, and finds nothing wrong');
    await demandCommand(sandbox, options, ['connectivity']);
    await demandCommand(sandbox, options, ['status', NODE]);
    await stopAll(containers, report);
  } finally {
    await sandbox.stop();
  }
}

async function demandConfinement(containers: Containers, report: (line: string) => void): Promise<void> {
  for (const [name, container] of containers) {
    const found = await container.confinement();
    const writable = name === 'collector' ? ['/var/lib/vigilante'] : [];
    const wanted = {
      user: '10001:10001',
      capabilities: NO_CAPABILITIES,
      noNewPrivileges: true,
      rootIsReadOnly: true,
      writable,
    };
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Error(`${name} runs as ${JSON.stringify(found)}, not as ${JSON.stringify(wanted)}`);
    }
  }
  report(
    'all run as 10001:10001 on a read-only root, without capabilities; only the store of the collector is writable',
  );
}

async function untilHealed(sandbox: Sandbox, containers: Containers): Promise<void> {
  await until(containers, `${NODE} to be healed`, async () => {
    return (await sandbox.getNode(NODE))?.annotations[DEFAULT_HEALED_ANNOTATION] === 'true';
  });
}

async function untilVerdict(sandbox: Sandbox, containers: Containers): Promise<void> {
  const url = sandbox.env.COLLECTOR_URL;
  await until(containers, 'the report of the agent', () => answersOk(`${url}/api/v1/agents/${agentPodName(NODE)}`));
  await until(containers, 'a good verdict', () => answersOk(`${url}/api/v1/connectivity_check`));
}

/** A command for people, from the image. */
async function demandCommand(sandbox: Sandbox, options: ProofOptions, args: readonly string[]): Promise<void> {
  const command = await startContainer(sandbox.layout, {
    name: `command-${args.join('-')}`,
    root: options.main.root,
    image: options.main.config,
    args,
    env: {
      TEMPORAL_ADDRESS: sandbox.env.TEMPORAL_ADDRESS,
      KUBECONFIG: '/etc/vigilante/kubeconfig',
    },
    mounts: await mountsFor(sandbox, options, 'admin'),
  });
  const { code } = await command.outside.exited;
  const printed = await logTail(command.outside.logPath);
  if (code !== 0) throw new Error(`vigilante ${args.join(' ')} ended with ${code}:\n${printed}`);
  options.report(`vigilante ${args.join(' ')}:\n${printed.replaceAll(/^/gm, '  | ')}`);
}

async function stopAll(containers: Containers, report: (line: string) => void): Promise<void> {
  for (const [name, container] of containers) {
    const { code, tookMs } = await container.stop();
    if (code !== 0 || tookMs > GRACE_MS) {
      const tail = await logTail(container.outside.logPath);
      throw new Error(`${name} ended with ${code} ${tookMs} ms after SIGTERM; its log ends with:\n${tail}`);
    }
    report(`${name}: exit code 0, ${(tookMs / 1_000).toFixed(1)} s after SIGTERM`);
  }
}
