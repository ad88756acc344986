/** Another value than the default for each value of collector, agents, network policy and hooks, and what it needs beside it. */

type Values = Readonly<Record<string, unknown>>;

const SOME_OBJECT = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' } };

export const WORKLOAD_CHANGES: Values = {
  'collector.enabled': false,
  'collector.replicas': 0,
  'collector.resources': { requests: { cpu: 1 } },
  'collector.service.name': 'other',
  'collector.service.port': 18_081,
  'collector.caSecretName': 'other',
  'collector.persistence.enabled': true,
  'collector.persistence.existingClaim': 'other',
  'collector.persistence.size': '7Gi',
  'collector.persistence.storageClass': 'other',
  'collector.persistence.accessModes': ['ReadWriteMany'],
  'collector.etcd.clientCertificateSecretName': 'other',
  'collector.etcd.caSecretName': 'other',
  'collector.serviceAccount.create': false,
  'collector.serviceAccount.name': 'other',
  'collector.serviceAccount.annotations': { other: 'yes' },
  'agent.image.repository': 'registry.example.com/other',
  'agent.image.tag': 'other',
  'agent.image.digest': `sha256:${'0'.repeat(64)}`,
  'agent.image.pullPolicy': 'Always',
  'agent.windowsImage.repository': 'registry.example.com/other',
  'agent.windowsImage.tag': 'other',
  'agent.windowsImage.digest': `sha256:${'0'.repeat(64)}`,
  'agent.linux.enabled': false,
  'agent.linuxHostNetwork.enabled': true,
  'agent.windows.enabled': true,
  'agent.windowsHostNetwork.enabled': true,
  'agent.windowsHostNetwork.serverEndpoint': 'http://10.0.0.9:8081',
  'agent.hostNetworkNamespace': 'other',
  'agent.serverEndpoint': 'https://other.example.com:443',
  'agent.reportIntervalSeconds': 7,
  'agent.httpProbes': ['http://other.example.com'],
  'agent.tcpProbes': ['other.example.com:443'],
  'agent.dnsProbes': ['other.example.com'],
  'agent.extraArgs': ['-v=5'],
  'agent.extraEnv': [{ name: 'OTHER', value: 'yes' }],
  'agent.resources': { requests: { cpu: 1 } },
  'agent.updateStrategy': { type: 'OnDelete', rollingUpdate: null },
  'agent.tolerations': [{ key: 'other' }],
  'agent.nodeSelector': { other: 'yes' },
  'agent.affinity': { nodeAffinity: {} },
  'agent.priorityClassName': 'other',
  'agent.podLabels': { other: 'yes' },
  'agent.podAnnotations': { other: 'yes' },
  'agent.serviceAccount.create': false,
  'agent.serviceAccount.name': 'other',
  'agent.serviceAccount.annotations': { other: 'yes' },
  'networkPolicy.enabled': true,
  'networkPolicy.metricsFrom': [{ namespaceSelector: {} }],
  'networkPolicy.apiServerPorts': [1_234],
  'networkPolicy.nodeCidrs': ['10.0.0.0/8'],
  'networkPolicy.extraEgress': [{ ports: [{ port: 3_128 }] }],
  resources: { requests: { cpu: 1 } },
  extraEnvFrom: [{ configMapRef: { name: 'other' } }],
  extraVolumes: [{ name: 'other', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'other', mountPath: '/other' }],
  extraContainers: [{ name: 'other', image: 'other' }],
  initContainers: [{ name: 'other', image: 'other' }],
  extraObjects: [SOME_OBJECT],
  commonLabels: { other: 'yes' },
  podLabels: { other: 'yes' },
  'podSecurityContext.fsGroup': 7,
};

const ETCD = {
  'config.collector.store': { kind: 'etcd', etcd: { endpoints: ['http://etcd:2379'] } },
};
const CLAIM = { 'collector.persistence.enabled': true };
const POLICY = { 'networkPolicy.enabled': true };
const WINDOWS = { 'agent.windows.enabled': true };
const WINDOWS_HOST = {
  'agent.windowsHostNetwork.enabled': true,
  'agent.windowsHostNetwork.serverEndpoint': 'http://10.0.0.8:8081',
  'agent.hostNetworkNamespace': 'some',
};

const HOST_AGENTS = { 'agent.linuxHostNetwork.enabled': true, 'agent.hostNetworkNamespace': 'some' };

export const WORKLOAD_COMPANIONS: Readonly<Record<string, Values>> = {
  'collector.persistence.existingClaim': CLAIM,
  'collector.persistence.size': CLAIM,
  'collector.persistence.storageClass': CLAIM,
  'collector.persistence.accessModes': CLAIM,
  'collector.etcd.clientCertificateSecretName': ETCD,
  'collector.etcd.caSecretName': ETCD,
  'collector.serviceAccount.create': { 'collector.serviceAccount.name': 'some' },
  'agent.windowsImage.repository': WINDOWS,
  'agent.windowsImage.tag': WINDOWS,
  'agent.windowsImage.digest': WINDOWS,
  'agent.linuxHostNetwork.enabled': { 'agent.hostNetworkNamespace': 'some' },
  'agent.windowsHostNetwork.enabled': {
    'agent.windowsHostNetwork.serverEndpoint': 'http://10.0.0.8:8081',
    'agent.hostNetworkNamespace': 'some',
  },
  'agent.windowsHostNetwork.serverEndpoint': WINDOWS_HOST,
  'agent.hostNetworkNamespace': HOST_AGENTS,
  'agent.serviceAccount.create': { 'agent.serviceAccount.name': 'some' },
  'networkPolicy.metricsFrom': POLICY,
  'networkPolicy.apiServerPorts': POLICY,
  'networkPolicy.nodeCidrs': POLICY,
  'networkPolicy.extraEgress': POLICY,
};
