{{/* What ServiceMonitor and PodMonitor have in common. */}}

{{- define "vigilante.serviceMonitorEnabled" -}}
{{- if or .Values.serviceMonitor.enabled .Values.create_service_monitor -}}true{{- end -}}
{{- end -}}

{{/* Takes (dict "root" $ "component" "worker" "monitor" (the values of the monitor)). */}}
{{- define "vigilante.monitorEndpoints" -}}
{{- $ports := splitList " " (include "vigilante.metricsPorts" .) -}}
{{- range $port := $ports }}
- port: {{ $port }}
  path: /metrics
  {{- if and (eq $port "metrics") (eq $.component "worker") (include "vigilante.endpoints" $.root | fromJsonArray) }}
  # The label `endpoint` of its metrics names an echo; otherwise the operator's, the name of this port, would replace it.
  honorLabels: true
  {{- end }}
  {{- with $.monitor.interval }}
  interval: {{ . }}
  {{- end }}
  {{- if and (eq $port "metrics") (eq (include "vigilante.tls" $.root) "true") }}
  scheme: https
  tlsConfig:
    {{- $monitor := $.monitor }}
    {{- with $monitor.tlsConfig }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    ca:
      secret:
        name: {{ include "vigilante.certificateSecretName" $.root }}
        key: ca.crt
    serverName: {{ include "vigilante.serviceName" $ }}.{{ $.root.Release.Namespace }}.svc
    {{- end }}
  {{- else }}
  scheme: http
  {{- end }}
{{- end }}
{{- end -}}
