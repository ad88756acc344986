/** Whether a request to a workflow failed because no worker answered for it. */

import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { grpcCause } from './temporal.ts';

const GRPC_CANCELLED = 1;
const GRPC_INVALID_ARGUMENT = 3;
const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_FAILED_PRECONDITION = 9;

export function isSilence(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const silence: readonly number[] = [
    GRPC_CANCELLED,
    GRPC_INVALID_ARGUMENT,
    GRPC_DEADLINE_EXCEEDED,
    GRPC_FAILED_PRECONDITION,
  ];
  const code = grpcCause(error)?.code;
  return code !== undefined && silence.includes(code);
}
