/** Reads payloads from outside, of any encoding, without ever throwing. */

import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import { cutText } from '../domain/cut-text.ts';
import { UnreadablePayload } from './unreadable-payload.ts';

const ENCODING_LENGTH_MAX = 60;
const DEPTH_MAX = 100;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const JSON_PLAIN = 'json/plain';
const JSON_PROTOBUF = 'json/protobuf';

/**
 * The value of the payload, or an `UnreadablePayload`. The SDK throws instead, within the workflow task, and so at each
 * of its retries.
 */
export function readPayload(payload: Payload): unknown {
  const encoding = encodingOf(payload);
  try {
    // The Temporal UI offers this encoding for an input that a person types as JSON.
    const data = payload.data ?? new Uint8Array();
    if (encoding === JSON_PROTOBUF && !isDeep(data)) return JSON.parse(decode(data));
    if (encoding !== JSON_PLAIN || !isDeep(data)) return defaultPayloadConverter.fromPayload<unknown>(payload);
  } catch {
    // Handled like any other that cannot be read.
  }
  return new UnreadablePayload(encoding === null ? null : cutText(encoding, ENCODING_LENGTH_MAX));
}

/**
 * Whether lists and objects are nested deeper than ours ever are. `JSON.parse` takes any depth; what the SDK and we do
 * with the value afterwards ends in a stack overflow.
 */
function isDeep(json: Uint8Array): boolean {
  // Each level takes two characters.
  if (json.length <= 2 * DEPTH_MAX) return false;
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (isInText) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) isInText = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}

/** Whether a decoder that throws for what it does not know can read the payload as well. */
export function isReadable(payload: Payload): boolean {
  return encodingOf(payload) !== JSON_PROTOBUF && !(readPayload(payload) instanceof UnreadablePayload);
}

function encodingOf({ metadata }: Payload): string | null {
  const encoding = metadata?.['encoding'];
  return encoding === undefined || encoding === null ? null : decode(encoding);
}
