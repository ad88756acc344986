/** Sends what no client of ours sends: payloads of any encoding under any name, as the server lets them through. */

import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';

type Headers = Record<string, Payload>;

export interface RawMessage {
  readonly kind: 'signal' | 'query' | 'update';
  readonly name: string;
  readonly payloads: Payload[];
  readonly headers: Headers;
}

export interface RawStart {
  readonly type: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly payloads: Payload[];
  readonly memo?: Record<string, Payload>;
  readonly searchAttributes?: Record<string, Payload>;
}

export interface RawClient {
  /** The failure that the server, or a worker, answered; null where there was none. */
  send(workflowId: string, message: RawMessage): Promise<string | null>;
  /** Throws where the server refuses it. */
  start(start: RawStart): Promise<void>;
}

/** A worker that a message has stopped does not answer at all. */
const ANSWER_TIMEOUT_MS = 60_000;
const { UpdateWorkflowExecutionLifecycleStage: Stage } = proto.temporal.api.enums.v1;

export function textPayload(encoding: string | null, data: string): Payload {
  return { metadata: encoding === null ? {} : { encoding: Buffer.from(encoding) }, data: Buffer.from(data) };
}

export function jsonPayload(value: unknown): Payload {
  return textPayload('json/plain', JSON.stringify(value));
}

export function rawClient(client: Client): RawClient {
  const { workflowService: service, options } = client;
  const { namespace } = options;
  let sent = 0;

  async function deliver(workflowId: string, { kind, name, payloads, headers }: RawMessage): Promise<string | null> {
    const header = { fields: headers };
    const input = { payloads };
    const execution = { workflowId };
    if (kind === 'signal') {
      await service.signalWorkflowExecution({
        namespace,
        workflowExecution: execution,
        signalName: name,
        input,
        header,
      });
      return null;
    }
    if (kind === 'query') {
      await service.queryWorkflow({ namespace, execution, query: { queryType: name, queryArgs: input, header } });
      return null;
    }
    sent += 1;
    const answer = await service.updateWorkflowExecution({
      namespace,
      workflowExecution: execution,
      waitPolicy: { lifecycleStage: Stage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED },
      request: {
        meta: { updateId: `${workflowId}-${process.pid}-${sent}` },
        input: {
          name,
          args: input,
          header,
        },
      },
    });
    return answer.outcome?.failure?.message ?? null;
  }

  return {
    async send(workflowId, message) {
      try {
        return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => deliver(workflowId, message));
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    async start({ type, workflowId, taskQueue, payloads, memo, searchAttributes }) {
      sent += 1;
      await service.startWorkflowExecution({
        namespace,
        workflowId,
        workflowType: { name: type },
        taskQueue: { name: taskQueue },
        requestId: `${workflowId}-${process.pid}-${sent}`,
        input: { payloads },
        ...(memo === undefined ? {} : { memo: { fields: memo } }),
        ...(searchAttributes === undefined ? {} : { searchAttributes: { indexedFields: searchAttributes } }),
      });
    },
  };
}
