/** How the watch of the connectivity is started, by the starter and by people alike. */

import {
  type WatchConnectivityInput,
  watchConnectivityWorkflowId,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { taskQueue } from '../../contracts/names.ts';
import { STATE_MEMO, VIGILANTE_CLUSTER, VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { KEPT_RUNNING } from '../perpetual.ts';
import { describeConnectivityWatch, summarizeConnectivityWatch } from './messages.ts';

const STATE = 'unknown';

export function connectivityStartOptions(input: WatchConnectivityInput) {
  const { cluster, policy } = input;
  const searchAttributes = [
    { key: VIGILANTE_CLUSTER, value: cluster },
    { key: VIGILANTE_STATE, value: STATE },
  ];
  return {
    workflowId: watchConnectivityWorkflowId(cluster),
    ...KEPT_RUNNING,
    taskQueue: taskQueue(cluster),
    args: [input],
    staticSummary: summarizeConnectivityWatch(input),
    staticDetails: describeConnectivityWatch(input),
    ...(policy.searchAttributes ? { typedSearchAttributes: searchAttributes, memo: { [STATE_MEMO]: STATE } } : {}),
  };
}
