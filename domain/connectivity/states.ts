/** The states of a watch, and how it comes from one into another. */

/** What the verdicts say; `unknown` before the first ones, and after too many evaluations without one. */
export type WatchedState = 'ok' | 'failing' | 'unknown';

/** As people see it, and the `VigilanteState` of a watch. */
export type ConnectivityState = WatchedState | 'paused';

export interface ConnectivityTransition {
  readonly atMs: number;
  readonly from: ConnectivityState;
  readonly to: ConnectivityState;
  /** For people, one sentence. */
  readonly detail: string;
}
