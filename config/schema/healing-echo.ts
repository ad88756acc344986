/** The part `healing.echo` of the configuration: which endpoints a healing pod asks, and what their answers count. */

import { z } from 'zod';

import { isEchoName, WAIT_MAX_MS } from '../../contracts/healing/echo-answer.ts';
import { ENDPOINTS_MAX } from '../../contracts/healing/onboard-node.ts';
import { ECHO_REQUIREMENTS } from '../../domain/healing/source-verdict.ts';
import { ECHO_FALLBACKS } from '../../domain/healing/window.ts';
import { addressRange } from '../../domain/node/address.ts';
import { choice, duration, key } from './keys.ts';

const KEYS_MAX = 3;
const RANGES_MAX = 100;
/** Of base64url: the 32 bytes of an Ed25519 key. */
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/;
/** A URL without query and fragment: the nonce is added to it. */
const ECHO_URL = /^https?:\/\/[^\s/?#@]+\/[^\s?#]*$/;

const EndpointSchema = z.strictObject({
  name: z.string().refine(isEchoName, 'a DNS label'),
  url: z.string().regex(ECHO_URL),
  publicKeys: z.array(z.string().regex(PUBLIC_KEY)).max(KEYS_MAX).default([]),
  answer: z
    .string()
    .regex(/^(vigilante|text|json:(\/[^\s]*)?)$/)
    .default('vigilante'),
  trust: z.enum(['signed', 'unsigned']).default('signed'),
});

const EchoKeys = z.strictObject({
  require: choice({
    about: 'How many endpoints must see the address of the pod; one that sees another address refutes it in any case',
    of: ECHO_REQUIREMENTS,
    fallback: 'all',
  }),
  exemptBefore: key(
    z
      .array(z.string().refine((range) => addressRange(range) !== null, 'a range such as 10.0.0.0/8'))
      .max(RANGES_MAX)
      .default([]),
    {
      about:
        'Ranges that are exempt from SNAT without the cure, such as those of the VNet: an endpoint in one of them proves nothing and is refused',
      allowed: 'a list of ranges such as 10.240.0.0/12',
      fallback: '[]',
    },
  ),
  fallback: choice({
    about:
      'What counts where no attempt of a window got an answer, because every endpoint was down for everybody: nothing, or a ready sandbox',
    of: ECHO_FALLBACKS,
    fallback: 'none',
  }),
  settle: duration({
    about:
      'The connection that counts begins this long after the container; for the time that Windows may take to program its rules',
    minMs: 0,
    maxMs: WAIT_MAX_MS,
    fallback: '2s',
  }),
  endpoints: key(z.array(EndpointSchema).max(ENDPOINTS_MAX).default([]), {
    about:
      'What the pods ask: `vigilante echo`, or anything else that answers with the source address. `answer: text` (the body is one address) and `answer: json:/pointer` need `trust: unsigned`',
    allowed: `a list of at most ${ENDPOINTS_MAX} with the keys name (a DNS label), url (without query), publicKeys (at most ${KEYS_MAX}, each 43 characters of base64url), answer (vigilante, text or json:/pointer) and trust (signed or unsigned)`,
    fallback: '[]',
  }),
});

export const HealingEchoConfigSchema = EchoKeys.transform(({ settle: settleMs, ...rest }) => ({ ...rest, settleMs }));

export type EchoEndpoint = Readonly<z.output<typeof EndpointSchema>>;
