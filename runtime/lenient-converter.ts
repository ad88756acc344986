/** How our clients read payloads: what somebody else wrote into a memo never fails a list of workflows. */

import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import { isReadable } from '../contracts/payload.ts';

/** Stands for what cannot be read. */
const NULL_PAYLOAD: Payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('null') };

const codec: PayloadCodec = {
  encode: async (payloads) => payloads,
  decode: async (payloads) => payloads.map((payload) => (isReadable(payload) ? payload : NULL_PAYLOAD)),
};

/** For the option `dataConverter` of a client. */
export const LENIENT_CONVERTER: DataConverter = { payloadCodecs: [codec] };
