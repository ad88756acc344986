/** Makes clients of Temporal. Data that others wrote into a workflow never fails a list or a description of it. */

import { Client, type ConnectionLike, type WorkflowClientInterceptor } from '@temporalio/client';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import { isReadable } from '../contracts/payload.ts';

/** Stands for what cannot be read. */
const NULL_PAYLOAD: Payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('null') };

const codec: PayloadCodec = {
  encode: async (payloads) => payloads,
  decode: async (payloads) => payloads.map((payload) => (isReadable(payload) ? payload : NULL_PAYLOAD)),
};

/** For memos and results; the SDK asks no converter about search attributes. */
const CONVERTER: DataConverter = { payloadCodecs: [codec] };

/** The server takes `binary/null`, and leaves it out of lists only; the SDK parses it as JSON. */
const WITHOUT_NULL_ATTRIBUTES: WorkflowClientInterceptor = {
  async describe(input, next) {
    const description = await next(input);
    const attributes = description.workflowExecutionInfo?.searchAttributes?.indexedFields ?? {};
    for (const [name, { data }] of Object.entries(attributes)) {
      if ((data?.length ?? 0) === 0) delete attributes[name];
    }
    return description;
  },
};

/** A client on the connection that reads null where it cannot read. */
export function temporalClient(connection: ConnectionLike, namespace: string): Client {
  const interceptors = { workflow: [WITHOUT_NULL_ATTRIBUTES] };
  return new Client({ connection, namespace, dataConverter: CONVERTER, interceptors });
}
