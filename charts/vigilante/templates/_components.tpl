{{/* The ports of a component that serve metrics. */}}

{{/* Separated by spaces; the SDK's own is never HTTPS. */}}
{{- define "vigilante.metricsPorts" -}}
metrics
{{- if and (ne .component "collector") (ne (include "vigilante.sdkMetricsPort" .root) "0") }} sdk-metrics{{ end -}}
{{- end -}}
