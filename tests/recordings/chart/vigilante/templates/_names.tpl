{{/* Names and labels. */}}

{{/* Room for "-starter" and what a Deployment adds to its pods. */}}
{{- define "vigilante.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) -}}{{- $name = printf "%s-%s" $name .Chart.Name -}}{{- end -}}
{{- default $name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The templates below take (dict "root" $ "component" "worker"). */}}
{{- define "vigilante.componentName" -}}
{{- printf "%s-%s" (include "vigilante.fullname" .root) .component -}}
{{- end -}}

{{- define "vigilante.serviceAccountName" -}}
{{- $account := (index .root.Values .component).serviceAccount -}}
{{- if and (not $account.create) (not $account.name) -}}
{{- fail (printf "%s.serviceAccount.name: set it, because %s.serviceAccount.create is false" .component .component) -}}
{{- end -}}
{{- default (include "vigilante.componentName" .) $account.name -}}
{{- end -}}

{{/* With the release's namespace: cluster roles, and roles in other namespaces, must not meet those of another release. */}}
{{- define "vigilante.roleName" -}}
{{- printf "%s-%s" .root.Release.Namespace (include "vigilante.componentName" .) -}}
{{- end -}}

{{- define "vigilante.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "vigilante.labels" -}}
{{ include "vigilante.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}
