/** Wrong values of collector, agents, network policy and hooks: each is refused in words that name it. */

import { expect, test } from '@jest/globals';
import { templateChart } from './helm.ts';

type Values = Readonly<Record<string, unknown>>;

const ETCD = { 'config.collector.store': { kind: 'etcd', etcd: { endpoints: ['https://etcd:2379'] } } };
const HOST_ANYWHERE = { 'agent.linuxHostNetwork.enabled': true };
const HOST = { ...HOST_ANYWHERE, 'agent.hostNetworkNamespace': 'agents' };
const OFF = { 'collector.enabled': false };
const WINDOWS_HOST = { 'agent.windowsHostNetwork.enabled': true, 'agent.hostNetworkNamespace': 'agents' };

test.each<[string, Values, RegExp]>([
  ['two writers of the embedded store', { 'collector.replicas': 2 }, /'\/collector\/replicas': maximum: got 2, want 1/],
  [
    'two of it by name',
    { 'config.collector.store.kind': 'embedded', 'collector.replicas': 2 },
    /\/collector\/replicas/,
  ],
  ['an unknown store', { 'config.collector.store.kind': 'redis' }, /\/config\/collector\/store\/kind/],
  ['a path of the store', { 'config.collector.store.path': '/x' }, /'path' not allowed/],
  [
    'an authority of the collector as a file',
    { 'config.connectivity.collectorCaFile': '/x' },
    /'collectorCaFile' not allowed/,
  ],
  ['a key of etcd as a file', { 'config.collector.store.etcd.keyFile': '/x' }, /'keyFile' not allowed/],
  [
    'a collector that nobody reaches',
    { 'config.collector.endpoint': '127.0.0.1:8081' },
    /\/config\/collector\/endpoint/,
  ],
  [
    'etcd without addresses',
    { 'config.collector.store.kind': 'etcd' },
    /config\.collector\.store\.etcd\.endpoints: set it/,
  ],
  [
    'a claim for etcd',
    { ...ETCD, 'collector.persistence.enabled': true },
    /collector\.persistence\.enabled: only for the store embedded, and .* is etcd/,
  ],
  [
    'a certificate of etcd without etcd',
    { 'collector.etcd.clientCertificateSecretName': 'x' },
    /collector\.etcd\.clientCertificateSecretName: only for the store etcd/,
  ],
  [
    'a watch without a collector',
    { ...OFF, 'config.connectivity.enabled': true },
    /config\.connectivity\.collectorUrl: set it, because config\.connectivity\.enabled is true/,
  ],
  [
    'no account of the collector',
    { 'collector.serviceAccount.create': false },
    /collector\.serviceAccount\.name: set it/,
  ],
  ['no account of the agents', { 'agent.serviceAccount.create': false }, /agent\.serviceAccount\.name: set it/],
  ['a Service with a wrong name', { 'collector.service.name': 'Netchecker' }, /\/collector\/service\/name/],
  ['a port that is none', { 'collector.service.port': 0 }, /\/collector\/service\/port/],
  [
    'an access mode that cannot be written to',
    { 'collector.persistence.accessModes': ['ReadOnlyMany'] },
    /\/collector\/persistence\/accessModes\/0/,
  ],
  [
    'a HostProcess agent without the address of a collector',
    WINDOWS_HOST,
    /agent\.windowsHostNetwork\.serverEndpoint: set it/,
  ],
  ['an endpoint without port', { 'agent.serverEndpoint': 'collector' }, /\/agent\/serverEndpoint/],
  ['an interval of no time', { 'agent.reportIntervalSeconds': 0 }, /\/agent\/reportIntervalSeconds/],
  ['a probe that is none', { 'agent.tcpProbes': ['host'] }, /\/agent\/tcpProbes\/0/],
  ['an update of an unknown kind', { 'agent.updateStrategy.type': 'Never' }, /\/agent\/updateStrategy\/type/],
  [
    'agents that nobody expects',
    { 'config.collector.agents.namespaces': ['other'] },
    /config\.collector\.agents\.namespaces: add nodes, where the pods of care-vigilante-agent are/,
  ],
  [
    'reports that live shorter than two intervals',
    { 'agent.reportIntervalSeconds': 60, 'config.collector.reportTtl': '119s' },
    /agent\.reportIntervalSeconds: 60 with config\.collector\.reportTtl 119s: .* at least two intervals, 120s/,
  ],
  [
    'an interval that the time to live of reports does not allow by default',
    { 'agent.reportIntervalSeconds': 151 },
    /agent\.reportIntervalSeconds: 151 with config\.collector\.reportTtl 5m/,
  ],
  [
    'callers whose addresses are not given',
    { ...HOST, 'networkPolicy.enabled': true },
    /networkPolicy\.nodeCidrs: set it/,
  ],
  [
    'agents in the network of their node beside the pods that the worker may make',
    HOST_ANYWHERE,
    /agent\.hostNetworkNamespace: set it to a namespace of their own, because the pods of care-vigilante-agent-hostnet/,
  ],
  [
    'the namespace of the release for them',
    { ...HOST_ANYWHERE, 'agent.hostNetworkNamespace': 'nodes' },
    /agent\.hostNetworkNamespace: set it to a namespace of their own/,
  ],
  [
    'the namespace of the healing pods for them',
    { ...HOST_ANYWHERE, 'agent.hostNetworkNamespace': 'healing', 'config.healing.pod.namespace': 'healing' },
    /agent\.hostNetworkNamespace: set it to a namespace of their own/,
  ],
  ['a release that is switched off', { enabled: false }, /\/enabled.*value must be true/],
  [
    'monitors of an API that no operator has',
    { monitoringApiVersion: 'monitoring.example.com/v1' },
    /\/monitoringApiVersion/,
  ],
  ['an image that would break the policy', { 'admissionPolicy.podImages': ['a"]'] }, /\/admissionPolicy\/podImages\/0/],
  ['an unknown value of an agent', { 'agent.probes': [] }, /'\/agent': additional properties 'probes' not allowed/],
  ['root', { 'podSecurityContext.runAsUser': 0 }, /\/podSecurityContext\/runAsUser/],
  [
    'a looser pod',
    { 'podSecurityContext.seccompProfile': {} },
    /'\/podSecurityContext': additional properties 'seccompProfile'/,
  ],
  ['a volume of the chart', { extraVolumes: [{ name: 'config' }] }, /extraVolumes: config is a volume of the chart/],
  [
    'a label of the chart',
    { 'commonLabels.app\\.kubernetes\\.io/name': 'x' },
    /commonLabels: app\.kubernetes\.io\/name is set by the chart/,
  ],
  [
    'a label of its pods',
    { 'podLabels.app\\.kubernetes\\.io/component': 'x' },
    /podLabels: app\.kubernetes\.io\/component is set/,
  ],
])('%s is refused by a message that names the value', (_, values, message) => {
  const { status, stderr } = templateChart('minimal', values);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(message);
});
