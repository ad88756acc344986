/** Reads payloads inside workflows: one that cannot be read becomes a value of its own, never an error. */

import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/workflow';
import { readPayload } from '../contracts/payload.ts';

/** Found by its name when the bundle is built. The workflow's own parser decides what to do with that value. */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  // The SDK asks for the type that its caller expects.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  fromPayload: <T>(payload: Payload) => readPayload(payload) as T,
};
