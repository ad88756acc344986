/** The code of a system error such as `ENOENT`. */

/** Null for any other error. By its shape: errors of Node itself belong to another realm than those of a jest test. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
