/** Who runs a command, as it says of itself: Temporal does not know who a person is. */

import { userInfo } from 'node:os';

export function claimedUser(): string {
  return userInfo().username;
}
