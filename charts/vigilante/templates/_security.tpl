{{/* What Pod Security "restricted" wants of a pod on Linux. */}}

{{/* The schema lets podSecurityContext say as whom, and never as root. */}}
{{- define "vigilante.podSecurityContext" -}}
{{- $context := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if and (eq .component "collector") (eq (include "vigilante.storeKind" .root) "embedded") -}}
{{/* A new volume belongs to root; the image runs as 10001. */}}
{{- $_ := set $context "fsGroup" 10001 -}}
{{- end -}}
{{- range $key, $value := .root.Values.podSecurityContext -}}{{- $_ := set $context $key $value -}}{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- define "vigilante.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
