{{/* What the templates read from the configuration of the processes. The defaults are those of config/schema/config.ts. */}}

{{/*
The configuration of the processes: that of the values, and what follows from the rest of the chart. No `merge`: it takes
a false for a value that is missing.
*/}}
{{- define "vigilante.configuration" -}}
{{- $config := deepCopy .Values.config -}}
{{- if eq (include "vigilante.tls" .) "true" -}}{{- $_ := set $config "tls" true -}}{{- end -}}
{{- $connectivity := default dict $config.connectivity -}}
{{- $_ := set $connectivity "enabled" (eq (include "vigilante.watching" .) "true") -}}
{{- if and .Values.collector.enabled (not (hasKey $connectivity "collectorUrl")) -}}
{{- $_ := set $connectivity "collectorUrl" (include "vigilante.collectorUrl" .) -}}
{{- end -}}
{{- if include "vigilante.collectorCaSecret" . -}}
{{- $_ := set $connectivity "collectorCaFile" "/etc/vigilante/collector-ca/ca.crt" -}}
{{- end -}}
{{- $_ := set $config "connectivity" $connectivity -}}
{{- $maintenance := default dict $config.maintenance -}}
{{- if and $maintenance.enabled (not .Values.maintainer.enabled) -}}
{{- fail "maintainer.enabled: set it, because config.maintenance.enabled is true" -}}
{{- end -}}
{{- if and .Values.maintainer.enabled (not (hasKey $maintenance "enabled")) -}}{{- $_ := set $maintenance "enabled" true -}}{{- end -}}
{{- if .Values.maintainer.enabled -}}
{{- include "vigilante.setAlertFiles" (dict "root" . "maintenance" $maintenance) -}}
{{- include "vigilante.setEtcdFiles" (dict "root" . "maintenance" $maintenance) -}}
{{- end -}}
{{- if $maintenance -}}{{- $_ := set $config "maintenance" $maintenance -}}{{- end -}}
{{- $collector := default dict $config.collector -}}
{{- $agents := default dict $collector.agents -}}
{{- $_ := set $agents "namespaces" (include "vigilante.agentNamespaces" . | fromJsonArray) -}}
{{- $_ := set $collector "agents" $agents -}}
{{- $_ := set $config "collector" $collector -}}
{{- $etcd := default dict (dig "collector" "store" "etcd" dict $config) -}}
{{- if .Values.collector.etcd.clientCertificateSecretName -}}
{{- $_ := set $etcd "certificateFile" "/etc/vigilante/etcd/client/tls.crt" -}}
{{- $_ := set $etcd "keyFile" "/etc/vigilante/etcd/client/tls.key" -}}
{{- end -}}
{{- if .Values.collector.etcd.caSecretName -}}
{{- $_ := set $etcd "caFile" "/etc/vigilante/etcd/ca/ca.crt" -}}
{{- end -}}
{{- if include "vigilante.priorityClass" . -}}
{{- $healing := default dict $config.healing -}}
{{- $pod := default dict $healing.pod -}}
{{- $_ := set $pod "priorityClassName" (include "vigilante.priorityClass" .) -}}
{{- $_ := set $healing "pod" $pod -}}
{{- $_ := set $config "healing" $healing -}}
{{- end -}}
{{- if and (eq (include "vigilante.evidence" .) "source-address") (not (include "vigilante.endpoints" . | fromJsonArray)) -}}
{{- fail "config.healing.echo.endpoints: set it, because config.healing.evidence is source-address" -}}
{{- end -}}
{{- if and $config.profiles (eq (include "vigilante.admissionPolicy" .) "active") -}}
{{- fail "config.profiles: set admissionPolicy.enabled to false, because the admission policies know the profile snat alone and refuse pods and marks of others" -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The name of the class that the chart makes; empty where it makes none. It is of the whole cluster. */}}
{{- define "vigilante.priorityClass" -}}
{{- if and .Values.priorityClass.create (not (dig "healing" "pod" "priorityClassName" "" .Values.config)) -}}
{{- printf "%s-%s-healing" .Release.Namespace (include "vigilante.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* Whether the connectivity is watched: where there is a collector to ask, unless the values say otherwise. */}}
{{- define "vigilante.watching" -}}
{{- $connectivity := default dict .Values.config.connectivity -}}
{{- $reachable := or .Values.collector.enabled (hasKey $connectivity "collectorUrl") -}}
{{- $watching := ternary $connectivity.enabled $reachable (hasKey $connectivity "enabled") -}}
{{- if and $watching (not $reachable) -}}
{{- fail "config.connectivity.collectorUrl: set it, because config.connectivity.enabled is true and collector.enabled is false" -}}
{{- end -}}
{{- $watching -}}
{{- end -}}

{{/* Whether privileges are compared: the maintainer runs, and the configuration says so. */}}
{{- define "vigilante.privileges" -}}
{{- if .Values.maintainer.enabled -}}{{- dig "maintenance" "privileges" "enabled" false .Values.config -}}{{- end -}}
{{- end -}}

{{/* Where the secrets for the source of alerts are mounted. Changes what it is given. */}}
{{- define "vigilante.setAlertFiles" -}}
{{- $gates := default dict .maintenance.gates -}}
{{- $alerts := default dict $gates.alerts -}}
{{- with .root.Values.maintainer.alerts -}}
{{- if .tokenSecretName -}}{{- $_ := set $alerts "tokenFile" "/etc/vigilante/alerts/token/token" -}}{{- end -}}
{{- if .caSecretName -}}{{- $_ := set $alerts "caFile" "/etc/vigilante/alerts/ca/ca.crt" -}}{{- end -}}
{{- end -}}
{{- if $alerts -}}
{{- $_ := set $gates "alerts" $alerts -}}
{{- $_ := set .maintenance "gates" $gates -}}
{{- end -}}
{{- end -}}

{{/* Where the secret for etcd is mounted. Changes what it is given. */}}
{{- define "vigilante.setEtcdFiles" -}}
{{- if .root.Values.maintainer.etcd.secretName -}}
{{- $upgrade := default dict .maintenance.upgrade -}}
{{- $etcd := default dict $upgrade.etcd -}}
{{- range $key, $file := dict "caFile" "ca.crt" "certificateFile" "tls.crt" "keyFile" "tls.key" -}}
{{- $_ := set $etcd $key (printf "/etc/vigilante/etcd/%s" $file) -}}
{{- end -}}
{{- $_ := set $upgrade "etcd" $etcd -}}
{{- $_ := set .maintenance "upgrade" $upgrade -}}
{{- end -}}
{{- end -}}

{{/* JSON: who acts on nodes, by name. Without any nothing is cordoned, and the maintainer needs no right to it. */}}
{{- define "vigilante.executors" -}}
{{- $executors := dict -}}
{{- if .Values.maintainer.enabled -}}{{- $executors = dig "maintenance" "executors" dict .Values.config -}}{{- end -}}
{{- toJson $executors -}}
{{- end -}}

{{/* Where pods act on nodes; empty where no executor makes any. */}}
{{- define "vigilante.maintenanceNamespace" -}}
{{- $makesPods := false -}}
{{- range include "vigilante.executors" . | fromJson -}}
{{- if has .kind (list "pod" "reboot") -}}{{- $makesPods = true -}}{{- end -}}
{{- end -}}
{{- if $makesPods -}}
{{- $namespace := dig "maintenance" "namespace" "vigilante-maintenance" .Values.config -}}
{{- if has $namespace (list .Release.Namespace (include "vigilante.healingNamespace" .)) -}}
{{- fail "config.maintenance.namespace: set it to a namespace of its own, because pods that act on nodes are privileged; that of the release and that of the healing pods stay restricted" -}}
{{- end -}}
{{- $namespace -}}
{{- end -}}
{{- end -}}

{{/*
Where approvals of upgrades are; empty where none is demanded. Without the policy anybody could approve as anybody.
*/}}
{{- define "vigilante.approvalNamespace" -}}
{{- $approval := dig "maintenance" "upgrade" "approval" dict .Values.config -}}
{{- if and .Values.maintainer.enabled $approval.required -}}
{{- if ne (include "vigilante.admissionPolicy" .) "active" -}}
{{- fail "config.maintenance.upgrade.approval.required: needs admissionPolicy.enabled and Kubernetes 1.30 or newer, because without that policy nobody knows who has approved" -}}
{{- end -}}
{{- default .Release.Namespace $approval.namespace -}}
{{- end -}}
{{- end -}}

{{- define "vigilante.healingNamespace" -}}
{{- dig "healing" "pod" "namespace" "" .Values.config | default .Release.Namespace -}}
{{- end -}}

{{/* JSON: what healing pods ask from which address they come. Empty by default: `vigilante verify` has nothing to ask then. */}}
{{- define "vigilante.endpoints" -}}
{{- toJson (default list (dig "healing" "echo" "endpoints" list .Values.config)) -}}
{{- end -}}

{{- define "vigilante.evidence" -}}
{{- dig "healing" "evidence" "sandbox" .Values.config -}}
{{- end -}}

{{- define "vigilante.tls" -}}
{{- if dig "tls" (eq (include "vigilante.issuesCertificates" .) "true") .Values.config -}}true{{- end -}}
{{- end -}}

{{- define "vigilante.httpPort" -}}
{{- dig "http" "port" (ternary 8443 8000 (eq (include "vigilante.tls" .) "true")) .Values.config | int -}}
{{- end -}}

{{/* 0: not served. */}}
{{- define "vigilante.sdkMetricsPort" -}}
{{- dig "temporal" "metricsPort" 8001 .Values.config | int -}}
{{- end -}}

{{/*
Worker, maintainer and fleet drain for worker.shutdownGrace and are cut off 10 s later; the starter ends within seconds. All get
20 s on top, so that the kubelet never kills what is about to end.
*/}}
{{- define "vigilante.terminationGraceSeconds" -}}
{{- $grace := dig "worker" "shutdownGrace" "20s" .root.Values.config -}}
{{- $seconds := include "vigilante.seconds" $grace | float64 | ceil | int -}}
{{- if has .component (list "worker" "maintainer" "fleet") -}}{{- add $seconds 30 -}}{{- else -}}30{{- end -}}
{{- end -}}

{{/* Takes a duration such as 90s or 1.5h. */}}
{{- define "vigilante.seconds" -}}
{{- $factors := dict "ms" "0.001" "s" "1" "m" "60" "h" "3600" "d" "86400" -}}
{{- mulf (regexFind "^[0-9.]+" .) (index $factors (regexFind "[a-z]+$" .)) -}}
{{- end -}}
