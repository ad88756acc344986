/** The part `echo` of the configuration. */

import { z } from 'zod';

import { isEchoName } from '../../contracts/healing/echo-answer.ts';
import { addressRange } from '../../domain/node/address.ts';
import { choice, ENDPOINT, key, port, text, toggle, wholeNumber } from './keys.ts';

export const EchoConfigSchema = z.strictObject({
  name: text({
    about: 'Name of this echo; its signature covers it, so that one echo cannot answer for another',
    allowed: 'a DNS label such as onprem-1',
    fallback: 'echo',
    matches: isEchoName,
  }),
  endpoint: text({
    about: 'Where the echo answers',
    allowed: 'host:port, such as :8080, 0.0.0.0:8080 or [::]:8080',
    fallback: '[::]:8080',
    matches: (value) => ENDPOINT.test(value),
  }),
  keyFile: text({
    about: 'Ed25519 key that signs the answers; read again when it changes. `vigilante echo key generate` makes one',
    allowed: 'the path of a PEM file (PKCS 8)',
    fallback: '/etc/vigilante/echo/ed25519.pem',
  }),
  proxyProtocol: choice({
    about: 'Whether each connection begins with a header of the PROXY protocol, which names the address that counts',
    of: ['off', 'v2'],
    fallback: 'off',
  }),
  trustedProxies: key(
    z.array(z.string().refine((range) => addressRange(range) !== null, 'a range such as 10.0.0.0/8')).default([]),
    {
      about: 'Who may send that header; connections from elsewhere are closed. Required with `proxyProtocol: v2`',
      allowed: 'a list of ranges such as 10.0.0.0/8',
      fallback: '[]',
    },
  ),
  tls: toggle({
    about: 'Answer over HTTPS, with `http.certificateFile` and `http.keyFile`; the signature needs no TLS',
    fallback: false,
  }),
  metricsPort: port({ about: 'Port of metrics and health', fallback: 8001, zeroMeans: 'any free one' }),
  connectionsMax: wholeNumber({
    about: 'Connections at a time; more are closed at once',
    min: 1,
    max: 100_000,
    fallback: 1_000,
  }),
  requestsPerSecond: wholeNumber({
    about: 'Requests per second of one source address; more are answered 429',
    min: 1,
    max: 100_000,
    fallback: 200,
  }),
});
