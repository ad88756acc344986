/** The condition of a node that says whether it is healed (E32): which reason follows which. */

/** Each reason with the status of the condition. */
export const CONDITION_STATUS = {
  Healed: 'True',
  /** Pods have another address than their own. */
  Snated: 'False',
  Relapsed: 'False',
  Unproven: 'False',
  Stalled: 'False',
  /** The startup taint had its time, and the node is not healed. */
  TimedOut: 'False',
  Healing: 'Unknown',
  EchoUnreachable: 'Unknown',
  Rebooted: 'Unknown',
} as const;
export type ConditionReason = keyof typeof CONDITION_STATUS;

/** What a heal learned. `judged`: by a pod that was not refuted, so that an echo answers. */
export type ConditionNews = 'begun' | 'judged' | Exclude<ConditionReason, 'Healing'>;

/** What says more than the news, and stays. */
const STRONGER: Readonly<Record<ConditionNews, readonly ConditionReason[]>> = {
  begun: ['TimedOut', 'Relapsed', 'Rebooted'],
  judged: ['Healed', 'Snated', 'Relapsed', 'Unproven', 'Stalled', 'TimedOut', 'Rebooted'],
  Snated: ['Healed', 'Relapsed', 'TimedOut'],
  EchoUnreachable: ['Healed', 'Snated', 'Relapsed', 'TimedOut'],
  TimedOut: ['Healed'],
  Healed: [],
  Relapsed: [],
  Unproven: [],
  Stalled: [],
  Rebooted: [],
};

/**
 * The reason to be written, or null where the condition stays as it is.
 *
 * @param before reason of the condition now, whoever wrote it; null without a condition
 */
export function conditionAfter(before: string | null, news: ConditionNews): ConditionReason | null {
  const reason = news === 'begun' || news === 'judged' ? 'Healing' : news;
  return reason === before || STRONGER[news].some((stronger) => stronger === before) ? null : reason;
}
