/** Request targets and tokens of any shape. */

import * as fc from 'fast-check';

/** Request targets: paths of the collector with rubbish in them, and rubbish alone. */
export const fuzzedTarget: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '/api',
        '/api/v1/agents/',
        '/api/v2/agents',
        '/api/v2/nodes/',
        '/api/v2/transitions',
        '/metrics',
        '/readyz',
        '/api/v2/connectivity',
        '/api/v1/connectivity_check',
        'a1',
        '?limit=',
        '&state=',
        '?names=',
        '10',
        '-1',
        'absent',
        '%',
        '%zz',
        '%ff',
        '%2e',
        '..',
        '.',
        '//',
        '\\',
        '[',
        ']',
        '{',
        '|',
        '?',
        '#',
        ';',
        ':',
        '*',
        '@',
        'http://',
        'ws://',
      ),
      fc.string({ maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''));

export const fuzzedToken: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    'Bearer ',
    'Bearer x',
    'Bearer a.b.c',
    'Basic eDp5',
    'Bearer '.repeat(50),
    `Bearer ${'a'.repeat(9_000)}`,
  ),
  fc.base64String({ maxLength: 60 }).map((text) => `Bearer eyJhbGciOiJub25lIn0.${text}.${text}`),
);
