{{/* The collector: where it is reached, what it keeps its reports in. */}}

{{- define "vigilante.collectorPort" -}}
{{- dig "collector" "endpoint" ":8081" .Values.config | regexFind "[0-9]+$" -}}
{{- end -}}

{{- define "vigilante.collectorServiceName" -}}
{{- default (include "vigilante.componentName" (dict "root" . "component" "collector")) .Values.collector.service.name -}}
{{- end -}}

{{/* Takes (dict "root" $ "component" "worker"). */}}
{{- define "vigilante.serviceName" -}}
{{- if eq .component "collector" -}}{{- include "vigilante.collectorServiceName" .root -}}
{{- else -}}{{- include "vigilante.componentName" . -}}{{- end -}}
{{- end -}}

{{- define "vigilante.scheme" -}}
{{- ternary "https" "http" (eq (include "vigilante.tls" .) "true") -}}
{{- end -}}

{{/*
For clients in every namespace. Pods of Windows have no list of suffixes, only that of their own namespace: they find the
Service by its name alone.
*/}}
{{- define "vigilante.collectorUrl" -}}
{{- printf "%s://%s.%s.svc:%v" (include "vigilante.scheme" .) (include "vigilante.collectorServiceName" .) .Release.Namespace .Values.collector.service.port -}}
{{- end -}}

{{- define "vigilante.collectorUrlOnWindows" -}}
{{- printf "%s://%s:%v" (include "vigilante.scheme" .) (include "vigilante.collectorServiceName" .) .Values.collector.service.port -}}
{{- end -}}

{{- define "vigilante.certificateSecret" -}}
{{- if eq (include "vigilante.tls" .) "true" -}}
{{- include "vigilante.certificateSecretName" . -}}
{{- end -}}
{{- end -}}

{{/* The secret with the authority of the collector's certificate; empty where its clients need none. */}}
{{- define "vigilante.collectorCaSecret" -}}
{{- if .Values.collector.caSecretName -}}{{- .Values.collector.caSecretName -}}
{{- else if .Values.collector.enabled -}}{{- include "vigilante.certificateSecret" . -}}{{- end -}}
{{- end -}}

{{- define "vigilante.storeKind" -}}
{{- dig "collector" "store" "kind" "embedded" .Values.config -}}
{{- end -}}

{{- define "vigilante.storeNamespace" -}}
{{- dig "collector" "store" "namespace" "" .Values.config | default .Release.Namespace -}}
{{- end -}}

{{- define "vigilante.authentication" -}}
{{- dig "collector" "authentication" "kind" "off" .Values.config -}}
{{- end -}}

{{/* The embedded store has one writer, and that of another pod is another file. */}}
{{- define "vigilante.replicas" -}}
{{- $values := index .root.Values .component -}}
{{- if ne .component "collector" -}}{{- $values.replicas -}}
{{- else if kindIs "invalid" $values.replicas -}}{{- ternary 1 2 (eq (include "vigilante.storeKind" .root) "embedded") -}}
{{- else -}}{{- $values.replicas -}}{{- end -}}
{{- end -}}

{{- define "vigilante.claimName" -}}
{{- default (include "vigilante.componentName" (dict "root" . "component" "collector")) .Values.collector.persistence.existingClaim -}}
{{- end -}}

{{/* What only the store of one kind can use is refused with another. */}}
{{- define "vigilante.checkStore" -}}
{{- $kind := include "vigilante.storeKind" . -}}
{{- if and .Values.collector.enabled (eq $kind "etcd") (not (dig "collector" "store" "etcd" "endpoints" list .Values.config)) -}}
{{- fail "config.collector.store.etcd.endpoints: set it, because config.collector.store.kind is etcd" -}}
{{- end -}}
{{- if and .Values.collector.persistence.enabled (ne $kind "embedded") -}}
{{- fail (printf "collector.persistence.enabled: only for the store embedded, and config.collector.store.kind is %s" $kind) -}}
{{- end -}}
{{- range $key, $secret := .Values.collector.etcd -}}
{{- if and $secret (ne $kind "etcd") -}}
{{- fail (printf "collector.etcd.%s: only for the store etcd, and config.collector.store.kind is %s" $key $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}
