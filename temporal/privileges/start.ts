/** How the watch of privileges is started, by the starter and by people alike. */

import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { type WatchPrivilegesInput, watchPrivilegesWorkflowId } from '../../contracts/privileges/watch-privileges.ts';
import { STATE_MEMO, VIGILANTE_CLUSTER, VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { KEPT_RUNNING } from '../perpetual.ts';

const STATE = 'unknown';

export function privilegesStartOptions(input: WatchPrivilegesInput) {
  const { cluster, searchAttributes } = input;
  const typedSearchAttributes = [
    { key: VIGILANTE_CLUSTER, value: cluster },
    { key: VIGILANTE_STATE, value: STATE },
  ];
  return {
    workflowId: watchPrivilegesWorkflowId(cluster),
    ...KEPT_RUNNING,
    taskQueue: maintenanceTaskQueue(cluster),
    args: [input],
    staticSummary: `Watch the privileges of the workloads of ${cluster}`,
    staticDetails: `Compares the users and capabilities of all containers of the cluster **${cluster}** with what is declared. Each drift is an Event on the object that owns the pod; the query \`privilegesStatus\` has all of them, the update \`evaluateNow\` compares at once. One that is cancelled or terminated is started again within half a minute, unless \`maintenance.privileges.enabled\` is false.`,
    ...(searchAttributes ? { typedSearchAttributes, memo: { [STATE_MEMO]: STATE } } : {}),
  };
}
