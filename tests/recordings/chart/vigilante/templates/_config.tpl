{{/* What the templates read from the configuration of the processes. The defaults are those of config/schema/config.ts. */}}

{{- define "vigilante.healingNamespace" -}}
{{- dig "healing" "pod" "namespace" "" .Values.config | default .Release.Namespace -}}
{{- end -}}

{{- define "vigilante.tls" -}}
{{- if dig "tls" false .Values.config -}}true{{- end -}}
{{- end -}}

{{- define "vigilante.httpPort" -}}
{{- dig "http" "port" (ternary 8443 8000 (eq (include "vigilante.tls" .) "true")) .Values.config | int -}}
{{- end -}}

{{/* 0: not served. */}}
{{- define "vigilante.sdkMetricsPort" -}}
{{- dig "temporal" "metricsPort" 8001 .Values.config | int -}}
{{- end -}}

{{/*
The worker drains for worker.shutdownGrace and is cut off 10 s later; the starter ends within seconds. Both get 20 s on
top, so that the kubelet never kills what is about to end.
*/}}
{{- define "vigilante.terminationGraceSeconds" -}}
{{- $grace := dig "worker" "shutdownGrace" "20s" .root.Values.config -}}
{{- $factors := dict "ms" "0.001" "s" "1" "m" "60" "h" "3600" "d" "86400" -}}
{{- $seconds := mulf (regexFind "^[0-9.]+" $grace) (index $factors (regexFind "[a-z]+$" $grace)) | ceil | int -}}
{{- if eq .component "worker" -}}{{- add $seconds 30 -}}{{- else -}}30{{- end -}}
{{- end -}}
