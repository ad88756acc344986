{{/* Names and labels. */}}

{{/* The components that are Deployments, as JSON. */}}
{{- define "vigilante.deployments" -}}
{{- $some := ternary (list "maintainer") list .Values.maintainer.enabled -}}
{{- if .Values.fleet.enabled -}}{{- $some = append $some "fleet" -}}{{- end -}}
{{- concat (list "worker" "starter") $some (ternary (list "collector") list .Values.collector.enabled) | toJson -}}
{{- end -}}

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
{{- $labels := include "vigilante.selectorLabels" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version) -}}
{{- include "vigilante.withMore" (dict "own" $labels "more" .root.Values.commonLabels "value" "commonLabels") -}}
{{- end -}}

{{/* Takes, besides, "own" and "more" labels: those of the chart's and the user's, of the value "value". */}}
{{- define "vigilante.podLabels" -}}
{{- $labels := merge (default dict .own) (include "vigilante.labels" . | fromYaml) -}}
{{- include "vigilante.withMore" (dict "own" $labels "more" .more "value" .value) -}}
{{- end -}}

{{/* A label that comes twice would be the user's in one place and the chart's in another. */}}
{{- define "vigilante.withMore" -}}
{{- range $key, $_ := .more -}}
{{- if hasKey $.own $key -}}{{- fail (printf "%s: %s is set by the chart" $.value $key) -}}{{- end -}}
{{- end -}}
{{- toYaml (merge (dict) .own .more) -}}
{{- end -}}


{{/* Where a component is asked for its metrics and health. */}}
{{- define "vigilante.componentUrl" -}}
{{- if eq .component "collector" -}}{{- include "vigilante.collectorUrl" .root -}}
{{- else -}}
{{- printf "%s://%s.%s.svc:%s" (include "vigilante.scheme" .root) (include "vigilante.componentName" .) .root.Release.Namespace (include "vigilante.httpPort" .root) -}}
{{- end -}}
{{- end -}}
