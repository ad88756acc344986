{{/*
The DaemonSets of the agents. Each takes (dict "root" $ "component" "agent" "os" "linux" "hostNetwork" false).

None has a probe: an agent serves nothing, and the collector is who notices that it is silent.
*/}}

{{/* Which DaemonSets there are, as JSON: none where there is no collector for them. */}}
{{- define "vigilante.agents" -}}
{{- $agent := .Values.agent -}}
{{- $agents := list -}}
{{- if or .Values.collector.enabled $agent.serverEndpoint -}}
{{- if $agent.linux.enabled -}}{{- $agents = append $agents (dict "component" "agent" "os" "linux" "hostNetwork" false) -}}{{- end -}}
{{- if $agent.linuxHostNetwork.enabled -}}{{- $agents = append $agents (dict "component" "agent-hostnet" "os" "linux" "hostNetwork" true) -}}{{- end -}}
{{- if $agent.windows.enabled -}}{{- $agents = append $agents (dict "component" "agent-windows" "os" "windows" "hostNetwork" false) -}}{{- end -}}
{{- if $agent.windowsHostNetwork.enabled -}}{{- $agents = append $agents (dict "component" "agent-windows-hostnet" "os" "windows" "hostNetwork" true) -}}{{- end -}}
{{- end -}}
{{- toJson $agents -}}
{{- end -}}

{{/*
The namespace of the release stays restricted: there worker and starter may make pods. Agents in the network of their node
need one that is not.
*/}}
{{- define "vigilante.agentNamespace" -}}
{{- if .hostNetwork -}}
{{- $namespace := .root.Values.agent.hostNetworkNamespace -}}
{{- if or (not $namespace) (has $namespace (list .root.Release.Namespace (include "vigilante.healingNamespace" .root))) -}}
{{- fail (printf "agent.hostNetworkNamespace: set it to a namespace of their own, because the pods of %s are in the network of their node; that of the release and that of the healing pods stay restricted" (include "vigilante.componentName" .)) -}}
{{- end -}}
{{- $namespace -}}
{{- else -}}{{- .root.Release.Namespace -}}{{- end -}}
{{- end -}}

{{/*
Namespaces of the pods that are expected to report, as JSON: those that the configuration lists, else those of the
release's own agents. Elsewhere anybody who may label a pod could make nodes look cut off. An empty list is all.
*/}}
{{- define "vigilante.agentNamespaces" -}}
{{- $agent := .Values.agent -}}
{{- $listed := dig "collector" "agents" "namespaces" "" .Values.config -}}
{{- $namespaces := list .Release.Namespace -}}
{{- if and $agent.hostNetworkNamespace (or $agent.linuxHostNetwork.enabled $agent.windowsHostNetwork.enabled) -}}
{{- $namespaces = append $namespaces $agent.hostNetworkNamespace -}}
{{- end -}}
{{- ternary $listed (uniq $namespaces) (kindIs "slice" $listed) | toJson -}}
{{- end -}}

{{/* Two values that contradict: the time to live of reports must let two intervals of the agents pass. */}}
{{- define "vigilante.checkReportTtl" -}}
{{- $ttl := dig "collector" "reportTtl" "5m" .Values.config -}}
{{- $needed := mul 2 (int .Values.agent.reportIntervalSeconds) -}}
{{- if and .Values.collector.enabled (lt (include "vigilante.seconds" $ttl | float64) (float64 $needed)) -}}
{{- fail (printf "agent.reportIntervalSeconds: %v with config.collector.reportTtl %s: expected a reportTtl of at least two intervals, %vs" .Values.agent.reportIntervalSeconds $ttl $needed) -}}
{{- end -}}
{{- end -}}

{{/* Reports of an agent that nobody expects would be taken, and its silence would never be noticed. */}}
{{- define "vigilante.checkExpected" -}}
{{- $namespaces := include "vigilante.agentNamespaces" .root | fromJsonArray -}}
{{- $namespace := include "vigilante.agentNamespace" . -}}
{{- if and .root.Values.collector.enabled $namespaces (not (has $namespace $namespaces)) -}}
{{- fail (printf "config.collector.agents.namespaces: add %s, where the pods of %s are" $namespace (include "vigilante.componentName" .)) -}}
{{- end -}}
{{- end -}}

{{- define "vigilante.agentServiceAccountName" -}}
{{- $account := .Values.agent.serviceAccount -}}
{{- if and (not $account.create) (not $account.name) -}}
{{- fail "agent.serviceAccount.name: set it, because agent.serviceAccount.create is false" -}}
{{- end -}}
{{- default (include "vigilante.componentName" (dict "root" . "component" "agent")) $account.name -}}
{{- end -}}

{{/* An image of its own: a tenth of the size, without the libraries of the other processes. */}}
{{- define "vigilante.agentImage" -}}
{{- $image := .root.Values.agent.image -}}
{{- $repository := $image.repository -}}
{{- if not $repository -}}
{{- $repository = printf "%s-agent" (required "agent.image.repository: set it, or image.repository" .root.Values.image.repository) -}}
{{- end -}}
{{- $own := .root.Values.agent.windowsImage -}}
{{- if and (eq .os "windows") (or $own.repository $own.tag $own.digest) -}}
{{- include "vigilante.imageReference" (dict "root" .root "repository" (default $repository $own.repository) "tag" $own.tag "digest" $own.digest) -}}
{{- else -}}
{{- include "vigilante.imageReference" (dict "root" .root "repository" $repository "tag" $image.tag "digest" $image.digest) -}}
{{- end -}}
{{- end -}}

{{/* A HostProcess container looks names up as its node does, which knows no Service. */}}
{{- define "vigilante.agentEndpoint" -}}
{{- $agent := .root.Values.agent -}}
{{- if and .hostNetwork (eq .os "windows") -}}
{{- required "agent.windowsHostNetwork.serverEndpoint: set it to an address of the collector that the nodes themselves reach, because agent.windowsHostNetwork.enabled is true" $agent.windowsHostNetwork.serverEndpoint -}}
{{- else if $agent.serverEndpoint -}}{{- $agent.serverEndpoint -}}
{{- else if eq .os "windows" -}}{{- include "vigilante.collectorUrlOnWindows" .root -}}
{{- else -}}{{- include "vigilante.collectorUrl" .root -}}{{- end -}}
{{- end -}}

{{/* Only of agents in the network of a Linux node: their namespace allows what the others' must not. */}}
{{- define "vigilante.agentReadsProcesses" -}}
{{- if and .hostNetwork (eq .os "linux") .root.Values.agent.linuxHostNetwork.processes -}}true{{- end -}}
{{- end -}}

{{/* The sentinel file of the node; its folder is mounted from the node, which Pod Security forbids elsewhere. */}}
{{- define "vigilante.agentSentinel" -}}
{{- if and .hostNetwork (eq .os "linux") -}}{{- .root.Values.agent.linuxHostNetwork.sentinel -}}{{- end -}}
{{- end -}}

{{- define "vigilante.agentArguments" -}}
{{- $agent := .root.Values.agent -}}
- {{ printf "-serverendpoint=%s" (include "vigilante.agentEndpoint" .) | quote }}
- {{ printf "-reportinterval=%v" (int $agent.reportIntervalSeconds) | quote }}
{{- with $agent.httpProbes }}
- {{ printf "-probeurls=%s" (join "," .) | quote }}
{{- end }}
{{- with $agent.tcpProbes }}
- {{ printf "-tcpprobes=%s" (join "," .) | quote }}
{{- end }}
{{- with $agent.dnsProbes }}
- {{ printf "-dnsprobes=%s" (join "," .) | quote }}
{{- end }}
{{- if eq (include "vigilante.authentication" .root) "token-review" }}
- -tokenfile=/var/run/secrets/vigilante/token
{{- end }}
{{- if include "vigilante.collectorCaSecret" .root }}
- -cafile=/etc/vigilante/collector-ca/ca.crt
{{- end }}
{{- if include "vigilante.agentReadsProcesses" . }}
- -processes
{{- end }}
{{- if and .hostNetwork (eq .os "linux") $agent.linuxHostNetwork.bootId }}
- -bootid
{{- end }}
{{- with include "vigilante.agentSentinel" . }}
- {{ printf "-sentinel=/host%s" . | quote }}
{{- end }}
{{- range $agent.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "vigilante.agentPodSecurityContext" -}}
{{- if eq .os "linux" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- else if .hostNetwork -}}
windowsOptions:
  hostProcess: true
  # The account with the least rights that a HostProcess container may have.
  runAsUserName: NT AUTHORITY\LOCAL SERVICE
{{- else -}}
runAsNonRoot: true
windowsOptions:
  runAsUserName: ContainerUser
{{- end -}}
{{- end -}}

{{/* Volumes, or with "as" "mounts" where they are found. */}}
{{- define "vigilante.agentVolumes" -}}
{{- $mounts := eq .as "mounts" -}}
{{- if eq (include "vigilante.authentication" .root) "token-review" }}
- name: token
  {{- if $mounts }}
  mountPath: /var/run/secrets/vigilante
  readOnly: true
  {{- else }}
  # Bound to the pod and made for the collector alone: it opens nothing else.
  projected:
    sources:
      - serviceAccountToken:
          audience: {{ dig "collector" "authentication" "audience" "vigilante-collector" .root.Values.config }}
          expirationSeconds: 3600
          path: token
  {{- end }}
{{- end }}
{{- with include "vigilante.collectorCaSecret" .root }}
- name: collector-ca
  {{- if $mounts }}
  mountPath: /etc/vigilante/collector-ca
  readOnly: true
  {{- else }}
  secret:
    secretName: {{ . }}
    items: [{key: ca.crt, path: ca.crt}]
  {{- end }}
{{- end }}
{{- with include "vigilante.agentSentinel" . }}
- name: sentinel
  {{- if $mounts }}
  mountPath: /host{{ dir . }}
  readOnly: true
  {{- else }}
  # The folder, not the file: it is not there most of the time.
  hostPath:
    path: {{ dir . }}
    type: Directory
  {{- end }}
{{- end }}
{{- end -}}
