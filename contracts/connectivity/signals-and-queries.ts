/** Signals, query and update of the workflow `watchConnectivity`. */

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ConnectivityPolicy, ConnectivityStatus, ConnectivityVerdict } from './watch-connectivity.ts';

export interface PauseWatchingPayload {
  readonly reason?: string;
}

/** From here on nothing is evaluated; alarms stay as they are. A second pause only changes the reason. */
export const pauseWatching = defineSignal<[PauseWatchingPayload?]>('pauseWatching');

/** Evaluates at once; every streak begins again. */
export const resumeWatching = defineSignal('resumeWatching');

/** The whole policy; one that is the present one changes nothing. */
export const changePolicy = defineSignal<[ConnectivityPolicy]>('changePolicy');

export const connectivityStatus = defineQuery<ConnectivityStatus>('connectivityStatus');

/**
 * Asks the collector now, also while paused, and returns its verdict; fails where there is none. It never counts for
 * an alarm: a script that calls it in a loop shortens nothing.
 */
export const evaluateNow = defineUpdate<ConnectivityVerdict>('evaluateNow');

/** Failure type of `evaluateNow` where there is no verdict. */
export const NO_VERDICT = 'NoVerdict';
