/** Creates, reads and deletes the pods that act on nodes, in the namespace of the maintenance. */

import type { NodeRef } from '../../domain/node/identity.ts';
import { ClusterError, isOfDryRun, isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { type ContainerStatus, type PodObject, parsePod } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import { type ActPodInput, actPodManifest, actPodName, actPodSelector, type PodTemplate } from './act-pod.ts';

/** Of a container's last words: the history keeps them. The end says most. */
const MESSAGE_LENGTH_MAX = 200;

export type CreateActPodResult =
  /** Also where it was there before: the act is begun once. */
  { readonly kind: 'created'; readonly name: string } | { readonly kind: 'refused'; readonly message: string };

export type ActPodState =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly isOk: boolean; readonly detail: string };

export interface ActPods {
  create(input: ActPodInput, template: PodTemplate): Promise<CreateActPodResult>;
  /** Why the API server would refuse it, by a dry run on its side; null where it would take it. */
  tryOut(input: ActPodInput, template: PodTemplate): Promise<string | null>;
  look(name: string): Promise<ActPodState>;
  /** Those that acted on the node. */
  deleteOf(node: NodeRef): Promise<void>;
}

export function createActPods(connection: ClusterConnection, namespace: string): ActPods {
  const pods = resourceOf(connection, { group: '', version: 'v1', plural: 'pods', namespace });
  return {
    async create(input, template) {
      const name = actPodName(input);
      try {
        await pods.create(actPodManifest(input, template), { about: name });
      } catch (error) {
        if (!(error instanceof ClusterError) || error.failure.kind !== 'refused' || isOfDryRun(error)) throw error;
        if (error.failure.reason !== 'AlreadyExists') return { kind: 'refused', message: error.failure.message };
      }
      return { kind: 'created', name };
    },
    async tryOut(input, template) {
      const about = actPodName(input);
      try {
        await pods.create(actPodManifest(input, template), { about, query: { dryRun: 'All' } });
        return null;
      } catch (error) {
        const isRefusal = error instanceof ClusterError && error.failure.kind === 'refused' && !isOfDryRun(error);
        if (!isRefusal) throw error;
        return error.failure.reason === 'AlreadyExists' ? null : error.failure.message;
      }
    },
    async look(name) {
      try {
        return actPodState(parsePod(await pods.get(name)));
      } catch (error) {
        if (isRefused(error, 404)) return { kind: 'ended', isOk: false, detail: `the pod ${name} is gone` };
        throw error;
      }
    },
    async deleteOf(node) {
      for await (const { items } of pods.pages({ labelSelector: actPodSelector(node) })) {
        for (const { metadata } of items as readonly PodObject[]) await deletePod(metadata?.name ?? '');
      }
    },
  };

  async function deletePod(name: string): Promise<void> {
    try {
      await pods.delete(name);
    } catch (error) {
      if (!isRefused(error, 404)) throw error;
    }
  }
}

/** For people, an act that failed says which container failed, and how. */
export function actPodState({ metadata, status }: PodObject): ActPodState {
  const { phase = '', reason = '', initContainerStatuses, containerStatuses } = status ?? {};
  const name = metadata?.name ?? '';
  if (phase === 'Succeeded') return { kind: 'ended', isOk: true, detail: `the pod ${name} succeeded` };
  if (phase !== 'Failed') return { kind: 'running' };
  const failures = [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])].map(failureOf);
  const why = [reason, ...failures].filter((text) => text !== '').join(', ');
  return { kind: 'ended', isOk: false, detail: `the pod ${name} failed${why === '' ? '' : `: ${why}`}` };
}

/** Empty for a container that succeeded, or was not started because one before it failed. */
function failureOf({ name = '', state }: ContainerStatus): string {
  const { exitCode = 0, reason = '', message = '' } = state?.terminated ?? {};
  if (exitCode === 0) return '';
  const said = message.trim().slice(-MESSAGE_LENGTH_MAX);
  return `${name}: ${reason} ${exitCode}${said === '' ? '' : ` (${said})`}`;
}
