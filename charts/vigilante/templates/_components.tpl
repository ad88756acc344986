{{/* The processes that run as Deployments, and the Services by which they are reached. */}}

{{/* Separated by spaces: range over (splitList " " (include "vigilante.components" $)). */}}
{{- define "vigilante.components" -}}
worker starter{{ if (.Values.collector).enabled }} collector{{ end }}
{{- end -}}

{{/* Separated by spaces. The collector also has the name that the agents of k8s-netchecker know, where that is wanted. */}}
{{- define "vigilante.serviceNames" -}}
{{- include "vigilante.componentName" . -}}
{{- if eq .component "collector" -}}
{{- with ((.root.Values.collector).service).compatibleName }} {{ . }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* Ports of the Service that serve /metrics, separated by spaces; the SDK's own is never HTTPS. */}}
{{- define "vigilante.metricsPorts" -}}
metrics
{{- if and (ne .component "collector") (ne (include "vigilante.sdkMetricsPort" .root) "0") }} sdk-metrics{{ end -}}
{{- end -}}
