/** Starts a sandbox: a real control plane, simulated nodes and a Temporal server, all on this machine. */

import { type Component } from '../contracts/processes.ts';
import { createAccounts, waitForDefaultAccount } from './accounts.ts';
import { adminAccess } from './admin-access.ts';
import { applyAdmissionPolicies } from './admission-policy.ts';
import { type AgentOptions, startAgents } from './agents/start-agents.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type AuditEvent, readAuditEvents } from './audit.ts';
import type { SandboxProcess } from './child-process.ts';
import {
  addControlPlaneNodes,
  type ControlPlane,
  controlPlaneOf,
  writeManifests,
} from './control-plane/control-plane.ts';
import { writeEndpoints } from './control-plane/endpoints.ts';
import { applyCustomResources } from './crds.ts';
import { type SandboxEnvironment, sandboxEnvironment } from './environment.ts';
import { configOf, createFolder, type FolderOptions, type VigilanteConfig } from './folder.ts';
import { fileOf, type SandboxLayout } from './layout.ts';
import { type Nodes, nodesOf } from './nodes.ts';
import type { PartName } from './parts/part.ts';
import { allowProfiles } from './profile-policies.ts';
import { linkPrograms } from './programs.ts';
import { applyRbac, type Right } from './rbac.ts';
import { realNodesProblem } from './real-nodes/prerequisites.ts';
import { type RealNodes, realNodesOf, startRealNodes } from './real-nodes/real-nodes.ts';
import { processesOf, reap } from './reap.ts';
import { startReaper } from './reaper.ts';
import { KUBERNETES_VERSION_DEFAULT } from './tools/kubernetes-versions.ts';
import { MissingPrerequisite } from './tools/missing-prerequisite.ts';
import { resolveTool } from './tools/resolve-tool.ts';
import { type ProcessOptions, startVigilante, type VigilanteProcess } from './vigilante-process.ts';
import { createWorld, PART_GARBAGE_PERCENT, resolvePartTools, startAllParts, type WorldOptions } from './world.ts';

export interface SandboxOptions extends WorldOptions, FolderOptions {
  /** Keys of the configuration of our processes, for example `{healing: {window: '20s', interval: '1s'}}`. */
  readonly vigilante?: VigilanteConfig;
  /** Rights that the components do not get. */
  readonly omitRights?: readonly Right[];
  /** Progress, a line at a time; default: standard error. */
  readonly report?: (line: string) => void;
}

export interface Sandbox extends Nodes {
  readonly layout: SandboxLayout;
  /** For the environment of a process of ours, or of kubectl and temporal. The administrator's kubeconfig. */
  readonly env: SandboxEnvironment;
  /** With the administrator's rights. */
  readonly api: ApiClient;
  kubeconfigOf(component: Component): string;
  auditEvents(): Promise<readonly AuditEvent[]>;
  /** Replaces the roles of all components. */
  setRights(options: { readonly omit: readonly Right[] }): Promise<void>;
  startProcess(component: Component, options?: ProcessOptions): Promise<VigilanteProcess>;
  /** A pod and a real `vigilante agent` for each node, also for those that come later; once per sandbox. */
  startAgents(options?: AgentOptions): Promise<SandboxProcess>;
  killPart(name: PartName, signal?: NodeJS.Signals): Promise<void>;
  startPart(name: PartName): Promise<void>;
  /** Rejects in a sandbox whose control plane has no nodes. */
  readonly controlPlane: ControlPlane;
  /** Rejects in a sandbox without real nodes. */
  realNodes(): Promise<RealNodes>;
  /** Ids of all processes of the sandbox. */
  processes(): Promise<readonly number[]>;
  /**
   * Ends every process and removes the folder; so does a watchdog when this process ends, however it ends. What joined
   * another sandbox ends with that one.
   */
  stop(): Promise<void>;
  /** The sandbox outlives this process; a part that ends is then no longer brought back. */
  detach(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const report = options.report ?? ((line) => process.stderr.write(`${line}\n`));
  const { realNodes, vigilante = {}, evidence } = options;
  const problem = realNodes === undefined ? null : await realNodesProblem();
  if (problem !== null) throw new MissingPrerequisite(problem);
  const version = options.kubernetes ?? KUBERNETES_VERSION_DEFAULT;
  const tools = await resolvePartTools(version, report);
  const kubelet = realNodes === undefined ? null : await resolveTool('kubelet', { report });
  const layout = await createFolder(vigilante, options);
  const reaper = startReaper(layout.id, layout.folder);
  const world = createWorld(layout, tools, options);
  try {
    await linkPrograms(layout, tools);
    const env = { GOGC: `${options.partGarbagePercent ?? PART_GARBAGE_PERCENT}` };
    await writeManifests(layout, { tools, env });
    await startAllParts(world);
    const api = createApiClient(await adminAccess(layout));
    await createAccounts(api, layout);
    const config = configOf(layout, vigilante, evidence);
    await applyAdmissionPolicies(api, config);
    await allowProfiles(api, config);
    await applyCustomResources(api);
    await applyRbac(api, options.omitRights);
    await waitForDefaultAccount(api);
    await writeEndpoints(layout);
    await addControlPlaneNodes(layout, nodesOf(api, layout));
    if (realNodes !== undefined && kubelet !== null) await startRealNodes(layout, api, { ...realNodes, kubelet });
    return {
      ...nodesOf(api, layout),
      layout,
      env: sandboxEnvironment(layout),
      api,
      kubeconfigOf: (component) => fileOf(layout, `kubeconfig-${component}`),
      auditEvents: () => readAuditEvents(layout),
      setRights: ({ omit }) => applyRbac(api, omit),
      startProcess: (component, processOptions) => startVigilante(layout, component, processOptions),
      startAgents: (agentOptions = {}) => startAgents(layout, agentOptions),
      killPart: (name, signal) => world.killPart(name, signal),
      startPart: (name) => world.startPart(name),
      controlPlane: controlPlaneOf(layout),
      realNodes: () => realNodesOf(layout),
      processes: () => processesOf(layout.id),
      stop: async () => {
        world.release();
        await api.close();
        // What is a part of another sandbox ends with that.
        if (options.joins !== undefined) return reaper.spare();
        await reap(layout.id, layout.folder);
        await reaper.release();
      },
      detach: async () => {
        world.release();
        await api.close();
        await reaper.spare();
      },
    };
  } catch (error) {
    world.release();
    await reap(layout.id, layout.folder);
    await reaper.release();
    throw error;
  }
}
