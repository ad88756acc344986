{{/* Names and labels. The prefix of the names here is the chart's own: an umbrella chart sees those of all its charts. */}}

{{- define "vigilante-echo.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) -}}{{- $name = printf "%s-%s" $name .Chart.Name -}}{{- end -}}
{{- default $name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The Service that is asked for metrics alone. */}}
{{- define "vigilante-echo.metricsName" -}}
{{- printf "%s-metrics" (include "vigilante-echo.fullname" .) -}}
{{- end -}}

{{/* The templates below take (dict "root" $ "component" "echo"). */}}
{{- define "vigilante-echo.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "vigilante-echo.labels" -}}
{{- $labels := include "vigilante-echo.selectorLabels" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version) -}}
{{- include "vigilante-echo.withMore" (dict "own" $labels "more" .root.Values.commonLabels "value" "commonLabels") -}}
{{- end -}}

{{/* A sidecar would accept the connections itself, so that all of them came from it. */}}
{{- define "vigilante-echo.podLabels" -}}
{{- $labels := merge (dict "sidecar.istio.io/inject" "false") (include "vigilante-echo.labels" . | fromYaml) -}}
{{- include "vigilante-echo.withMore" (dict "own" $labels "more" .root.Values.podLabels "value" "podLabels") -}}
{{- end -}}

{{/* The process reads its configuration once: a change of it replaces the pods. */}}
{{- define "vigilante-echo.podAnnotations" -}}
{{- $own := dict "sidecar.istio.io/inject" "false" "linkerd.io/inject" "disabled" "vigilante/config-digest" (include "vigilante-echo.configuration" .root | sha256sum) -}}
{{- include "vigilante-echo.withMore" (dict "own" $own "more" .root.Values.podAnnotations "value" "podAnnotations") -}}
{{- end -}}

{{/* A key that comes twice would be the user's in one place and the chart's in another. */}}
{{- define "vigilante-echo.withMore" -}}
{{- range $key, $_ := .more -}}
{{- if hasKey $.own $key -}}{{- fail (printf "%s: %s is set by the chart" $.value $key) -}}{{- end -}}
{{- end -}}
{{- toYaml (merge (dict) .own .more) -}}
{{- end -}}
