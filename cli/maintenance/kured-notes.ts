/** What kured's settings without a counterpart are answered with. */

const HOLDS = 'no slot expires: it ends when the node is proven, gone, or given back by a person';
const POD_TERMS = 'pods go by eviction alone, each with its own grace period';
const MESSAGES = 'messages go to maintenance.notify, as JSON by POST';
const MARK = 'the mark of a maintenance is its own: the annotation vigilante-maintenance, with a cordon';
const PROCESS = 'it belongs to the process and not to maintenance: see the parts http and log';

/** By key of the chart's `configuration`. */
export const WITHOUT_COUNTERPART: Readonly<Record<string, string>> = {
  lockTtl: HOLDS,
  lockAnnotation: HOLDS,
  forceReboot: 'a node that cannot be drained is given back as it was, and never rebooted under its pods',
  drainDelay: 'the drain begins with the cordon',
  rebootDelay: 'volumes are waited for instead of a time',
  drainGracePeriod: POD_TERMS,
  drainPodSelector: POD_TERMS,
  skipWaitForDeleteTimeout: 'a pod that terminates is waited for until it is gone, within maintenance.drain.deadline',
  rebootMethod: 'the executor says how',
  rebootSignal: 'the executor says how',
  useRebootSentinelHostPath: 'the agent is given the folder of the sentinel file, read-only',
  slackChannel: MESSAGES,
  slackHookUrl: MESSAGES,
  slackUsername: MESSAGES,
  notifyUrl: MESSAGES,
  messageTemplateDrain: MESSAGES,
  messageTemplateReboot: MESSAGES,
  messageTemplateUncordon: MESSAGES,
  annotateNodes: MARK,
  preferNoScheduleTaint: MARK,
  preRebootNodeLabels: MARK,
  postRebootNodeLabels: MARK,
  metricsHost: PROCESS,
  metricsPort: PROCESS,
  logFormat: PROCESS,
};
