{{/*
active, or unsupported: since Kubernetes 1.30 the API server has such policies in version v1. Empty: not wanted. The
version is asked, not the list of kinds: `helm template` knows no kinds, and must not leave the policy out for that.
*/}}
{{- define "vigilante.admissionPolicy" -}}
{{- if .Values.admissionPolicy.enabled -}}
{{- ternary "active" "unsupported" (semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}
