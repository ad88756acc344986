/** Closes a switch over a union: a member without a case is a compile error. */

export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
