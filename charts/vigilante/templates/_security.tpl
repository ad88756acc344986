{{/* What Pod Security "restricted" wants of a pod on Linux. */}}

{{/* The schema lets podSecurityContext say as whom, and never as root. Helm drops a null of an
umbrella chart's own values.yaml; an empty fsGroup means the same. */}}
{{- define "vigilante.podSecurityContext" -}}
{{- $context := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- range $key, $value := .root.Values.podSecurityContext -}}
{{- if or (kindIs "invalid" $value) (kindIs "string" $value | and (eq $key "fsGroup")) -}}{{- $_ := unset $context $key -}}{{- else -}}{{- $_ := set $context $key $value -}}{{- end -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- define "vigilante.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
