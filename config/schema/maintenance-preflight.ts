/** What the checks before an upgrade are given: keys of `maintenance.upgrade`, and `maintenance.accept`. */

import { z } from 'zod';

import { CHECKS } from '../../domain/upgrade/check.ts';
import { CONTROL_PLANES } from '../../domain/upgrade/observed.ts';
import { choice, duration, key, optionalText, text, wholeNumber } from './keys.ts';

const SERVERS_MAX = 20;
const ACCEPTED_MAX = 100;
const OBJECTS_MAX = 200;
const DAY_MS = 86_400_000;

const serverUrl = z.url({ protocol: /^https?$/ });

const ApiServerSchema = z
  .strictObject({ url: serverUrl, serverName: z.string().min(1).optional(), node: z.string().min(1).optional() })
  .transform(({ url, serverName, node }) => ({
    url: url.replace(/\/$/, ''),
    serverName: serverName ?? null,
    node: node ?? null,
  }));

const SnapshotKeys = z.strictObject({
  folder: text({
    about: 'Where snapshots of etcd are kept, on a volume of the maintainer',
    allowed: 'the path of a folder',
    fallback: '/var/lib/vigilante/snapshots',
  }),
  keep: wholeNumber({ about: 'Snapshots that are kept; older ones are removed', min: 1, max: 1_000, fallback: 5 }),
  maxAge: duration({
    about: 'Before a run acts, a snapshot younger than this must be there; otherwise one is made',
    minMs: 60_000,
    maxMs: 7 * DAY_MS,
    fallback: '1h',
  }),
});

const EtcdKeys = z.strictObject({
  endpoints: key(
    z
      .array(serverUrl.transform((url) => url.replace(/\/$/, '')))
      .max(SERVERS_MAX)
      .default([]),
    {
      about:
        'Client addresses of all members of etcd. Without any, etcd is not looked at: where the control plane is not managed, its checks block until that is accepted',
      allowed: `a list of at most ${SERVERS_MAX} addresses such as https://10.0.0.1:2379`,
      fallback: '[]',
    },
  ),
  caFile: optionalText({
    about: 'Certificate authority of etcd, read again for each look',
    allowed: 'the path of a PEM file',
    fallback: 'the public ones',
  }),
  certificateFile: optionalText({
    about: 'Certificate that etcd takes from its clients, read again for each look',
    allowed: 'the path of a PEM file',
    fallback: 'no certificate',
  }),
  keyFile: optionalText({
    about: 'Key of that certificate',
    allowed: 'the path of a PEM file',
    fallback: 'no key',
  }),
  snapshot: SnapshotKeys.transform(({ maxAge: maxAgeMs, ...rest }) => ({ ...rest, maxAgeMs })).prefault({}),
});

/** Keys of `maintenance.upgrade`. */
export const PREFLIGHT_KEYS = {
  controlPlane: choice({
    about:
      'Where controllers and etcd are seen. `pods`: as pods of `kube-system` with the label `component`, on nodes with the label `node-role.kubernetes.io/control-plane` or with an API server, and one that is missing there halts an upgrade. `managed`: nowhere; they are not judged',
    of: CONTROL_PLANES,
    fallback: 'pods',
  }),
  apiServers: key(z.array(ApiServerSchema).max(SERVERS_MAX).default([]), {
    about:
      'Address of each API server by itself: a balancer would answer for any of them. Without any, the EndpointSlices of `default/kubernetes` name them',
    allowed: `a list of at most ${SERVERS_MAX} mappings with url, serverName (that its certificate must be for; default the host of url) and node (that it runs on; default the node with that address)`,
    fallback: '[]',
  }),
  etcd: EtcdKeys.prefault({}),
};

const AcceptedSchema = z
  .strictObject({
    check: z.enum(CHECKS),
    objects: z.array(z.string().min(1)).min(1).max(OBJECTS_MAX).optional(),
    reason: z.string().min(1),
    until: z.iso.datetime({ offset: true }).transform((written) => Date.parse(written)),
  })
  .transform(({ until: untilMs, objects, ...rest }) => ({ ...rest, objects: objects ?? null, untilMs }));

export const AcceptSchema = key(z.array(AcceptedSchema).max(ACCEPTED_MAX).default([]), {
  about:
    'Findings of checks before an upgrade that do not block it, until that time. With `objects` only where nothing else was found; without them all that the check finds',
  allowed: `a list of at most ${ACCEPTED_MAX} mappings with check (${CHECKS.join(', ')}), objects (a list of names as the check reports them), reason and until (such as 2026-12-31T00:00:00Z)`,
  fallback: '[]',
});
