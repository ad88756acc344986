/** Which targets are reached by the proxy of the environment. */

import { expect, test } from '@jest/globals';
import { proxyFor } from './proxy.ts';

const HTTPS_PROXY = 'http://proxy.example:3128';
const TARGET = 'ns.acct.tmprl.cloud:7233';

test('without a proxy in the environment everything is direct', () => {
  expect(proxyFor(TARGET, {})).toBeNull();
  expect(proxyFor(TARGET, { HTTPS_PROXY: ' ', NO_PROXY: 'x' })).toBeNull();
  expect(proxyFor(TARGET, { HTTP_PROXY: HTTPS_PROXY })).toBeNull();
});

test.each([
  [{ HTTPS_PROXY }, { address: 'proxy.example:3128', username: '', password: '' }],
  [{ https_proxy: 'proxy.example' }, { address: 'proxy.example:80', username: '', password: '' }],
  [
    { https_proxy: 'http://a:1', HTTPS_PROXY },
    { address: 'a:1', username: '', password: '' },
  ],
  [
    { HTTPS_PROXY: 'http://me:p%40ss@[fd00::1]:8080/' },
    { address: '[fd00::1]:8080', username: 'me', password: 'p@ss' },
  ],
])('the proxy that the environment %j gives', (env, expected) => {
  expect(proxyFor(TARGET, env)).toMatchObject(expected);
});

test('a message shows the proxy and its variable, never a password', () => {
  expect(proxyFor(TARGET, { HTTPS_PROXY: 'http://me:secret@proxy.example:3128' })?.shown).toBe(
    'http://proxy.example:3128 (HTTPS_PROXY)',
  );
});

test.each(['https://proxy.example:3128', 'socks5://proxy.example:1080', 'http://', 'http://a:b:c'])(
  'a proxy that cannot be used is refused, not passed by: %s',
  (value) => {
    expect(() => proxyFor(TARGET, { HTTPS_PROXY: value })).toThrow(/HTTPS_PROXY=.*: expected an HTTP proxy/);
    expect(proxyFor(TARGET, { HTTPS_PROXY: value, NO_PROXY: '.tmprl.cloud' })).toBeNull();
  },
);

test.each([
  ['localhost:7233', ''],
  ['127.0.0.1:7233', ''],
  ['127.5.0.1:7233', ''],
  ['[::1]:7233', ''],
  ['temporal-frontend:7233', ''],
  ['temporal.temporal.svc:7233', ''],
  ['temporal.temporal.svc.cluster.local:7233', ''],
  ['temporal.temporal:7233', '.temporal'],
  [TARGET, '*'],
  [TARGET, 'tmprl.cloud'],
  [TARGET, 'a, .TMPRL.cloud ,b'],
  [TARGET, '*.tmprl.cloud'],
  [TARGET, 'ns.acct.tmprl.cloud:7233'],
  ['10.1.2.3:7233', '10.0.0.0/8'],
  ['10.1.2.3:7233', '10.1.2.3'],
  ['[fd00::5]:7233', 'fd00::/8'],
  ['[fd00::5]:7233', 'fd00::5'],
  ['[fd00::5]:7233', '[fd00::5]:7233'],
])('%s is reached directly with NO_PROXY=%s', (target, NO_PROXY) => {
  expect(proxyFor(target, { HTTPS_PROXY, NO_PROXY })).toBeNull();
});

test.each([
  [TARGET, ''],
  ['temporal.temporal:7233', ''],
  [TARGET, 'rl.cloud'],
  [TARGET, 'ns.acct.tmprl.cloud:443'],
  [TARGET, '10.0.0.0/8'],
  ['11.1.2.3:7233', '10.0.0.0/8'],
  ['10.1.2.3:7233', '2.3'],
  ['10.1.2.3:7233', '10.0.0.0/99'],
  ['[fd00::5]:7233', '10.0.0.0/8'],
])('%s is reached by the proxy with NO_PROXY=%s', (target, NO_PROXY) => {
  expect(proxyFor(target, { HTTPS_PROXY, NO_PROXY })?.address).toBe('proxy.example:3128');
});
