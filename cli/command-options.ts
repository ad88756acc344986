/** What the options of the commands become once they are parsed. */

import type { CommonOptions } from './command-context.ts';
import type { ConnectivityFormat } from './connectivity/render.ts';
import type { StatusFormat } from './healing/render-status.ts';
import type { PrivilegesFormat } from './privileges/render.ts';

export interface StatusOptions extends CommonOptions {
  readonly output: StatusFormat;
  readonly watch?: boolean;
  readonly state?: string;
  readonly all?: boolean;
}

export interface WaitOptions extends CommonOptions {
  readonly wait?: boolean;
  readonly timeout: number;
  readonly reason?: string;
}

export interface RestartOptions extends WaitOptions {
  readonly openOnboarding?: boolean;
}

export interface VerifyOptions extends CommonOptions {
  readonly all?: boolean;
  readonly endpoint?: string;
}

export interface ConnectivityOptions extends CommonOptions {
  readonly output: ConnectivityFormat;
  readonly watch?: boolean;
  readonly now?: boolean;
  readonly reason?: string;
}

export interface PrivilegesOptions extends CommonOptions {
  readonly output: PrivilegesFormat;
  readonly drift?: boolean;
}
