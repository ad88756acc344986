/** Describes failures of Temporal, and which of them trying again cannot fix. */

import { isGrpcServiceError } from '@temporalio/client';

import type { TemporalProfile } from '../config/temporal-profile.ts';
import { messageOf } from '../domain/error-message.ts';

/** A request that takes longer has failed. */
export const TEMPORAL_REQUEST_TIMEOUT_MS = 10_000;

const GRPC_INVALID_ARGUMENT = 3;
const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_NOT_FOUND = 5;
const GRPC_PERMISSION_DENIED = 7;
const GRPC_UNIMPLEMENTED = 12;
const GRPC_UNAVAILABLE = 14;
const GRPC_UNAUTHENTICATED = 16;

/** Says what was tried, what came of it, and what to check. */
export function explainUnreachable(profile: TemporalProfile, error: unknown): string {
  const way = profile.proxy === null ? '' : ` by proxy ${profile.proxy.shown}`;
  const target = `Temporal at ${profile.address}${way}`;
  const code = isGrpcServiceError(error) ? error.code : null;
  if (code === GRPC_NOT_FOUND) {
    return `${target} has no namespace ${profile.namespace}; create it (temporal operator namespace create) or set TEMPORAL_NAMESPACE`;
  }
  const reason = isGrpcServiceError(error) ? error.details || error.message : messageOf(error);
  if (code === GRPC_UNAUTHENTICATED || code === GRPC_PERMISSION_DENIED) {
    return `${target} refuses us: ${reason}; check TEMPORAL_API_KEY, TEMPORAL_TLS_* and the namespace ${profile.namespace}`;
  }
  return `cannot reach ${target}: ${reason}; check that it runs, TEMPORAL_ADDRESS and TEMPORAL_TLS_*${profile.proxy === null ? '' : ', and whether NO_PROXY should name it'}`;
}

/** Whether the server does not let us do this at all, so that trying again is useless. */
export function isForbidden(error: unknown): boolean {
  const codes: readonly number[] = [GRPC_PERMISSION_DENIED, GRPC_UNIMPLEMENTED, GRPC_UNAUTHENTICATED];
  return isGrpcServiceError(error) && codes.includes(error.code);
}

/** Whether the server refuses what is asked for. */
export function isInvalidArgument(error: unknown): boolean {
  return grpcCause(error)?.code === GRPC_INVALID_ARGUMENT;
}

/** Whether waiting may help: Temporal is down, restarts, or is too slow. */
export function isTemporalAway(error: unknown): boolean {
  const code = grpcCause(error)?.code;
  return code === GRPC_UNAVAILABLE || code === GRPC_DEADLINE_EXCEEDED;
}

/** The failed request behind an error: the client wraps some of them. Null for errors of another kind. */
export function grpcCause(error: unknown): (Error & { readonly code: number }) | null {
  if (isGrpcServiceError(error)) return error;
  return error instanceof Error && error.cause !== undefined ? grpcCause(error.cause) : null;
}
