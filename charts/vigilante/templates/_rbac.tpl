{{/*
A role with its binding. Takes (dict "root" $ "component" "worker" "rules" … "name" …) and "namespace" for a role that
is not of the whole cluster. Without rules there is nothing to give.
*/}}

{{- define "vigilante.role" -}}
{{- if .rules -}}
{{- $kind := ternary "Role" "ClusterRole" (hasKey . "namespace") -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "vigilante.labels" . | nindent 4 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "vigilante.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "vigilante.serviceAccountName" . }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
{{- end -}}

{{/* JSON: the rules for the namespace of the healing pods. Only heals whose pods are waited for watch them. */}}
{{- define "vigilante.healingRules" -}}
{{- $rules := list -}}
{{- range .rules -}}
{{- if or (eq (include "vigilante.evidence" $.root) "source-address") (not (has "watch" .verbs)) -}}{{- $rules = append $rules . -}}{{- end -}}
{{- end -}}
{{- toJson $rules -}}
{{- end -}}

{{/*
The collector's roles. It reads pods in the namespaces of the agents, or in the whole cluster where config says so; it
reviews tokens and writes custom resources only where config says so. Takes "name" and "rules" besides.
*/}}
{{- define "vigilante.collectorRoles" -}}
{{- $namespaces := include "vigilante.agentNamespaces" .root | fromJsonArray -}}
{{- $cluster := list -}}
{{- $pods := list -}}
{{- range .rules.clusterRules -}}
{{- if and $namespaces (has "pods" .resources) -}}{{- $pods = append $pods . -}}
{{- else if or (not (has "tokenreviews" .resources)) (eq (include "vigilante.authentication" $.root) "token-review") -}}
{{- $cluster = append $cluster . -}}
{{- end -}}
{{- end -}}
{{- $base := pick . "root" "component" -}}
{{ include "vigilante.role" (merge (dict "name" .name "rules" $cluster) $base) }}
{{- range $namespace := uniq $namespaces }}
{{ include "vigilante.role" (merge (dict "name" (printf "%s-agents" $.name) "rules" $pods "namespace" $namespace) $base) }}
{{- end }}
{{- if eq (include "vigilante.storeKind" .root) "custom-resources" }}
{{ include "vigilante.role" (merge (dict "name" .name "rules" .rules.namespaceRules "namespace" (include "vigilante.storeNamespace" .root)) $base) }}
{{- end }}
{{- end -}}

{{/*
The maintainer's roles. It may cordon, drain and look at what an upgrade needs only where config has executors, make pods only
where these do, and delete pods of others only where config names these. Takes "name" and "rules" besides.
*/}}
{{- define "vigilante.maintainerRoles" -}}
{{- $executors := include "vigilante.executors" .root | fromJson -}}
{{- $cluster := list -}}
{{- range .rules.clusterRules -}}
{{- $acts := or (has "patch" .verbs) (has "pods/eviction" .resources) (has "services" .resources) (not (has "" .apiGroups)) -}}
{{- $wanted := or $executors (not $acts) -}}
{{- if has "delete" .verbs -}}
{{- $wanted = and $executors (dig "maintenance" "drain" "force" list $.root.Values.config) -}}
{{- end -}}
{{- if $wanted -}}{{- $cluster = append $cluster . -}}{{- end -}}
{{- end -}}
{{- $base := pick . "root" "component" -}}
{{ include "vigilante.role" (merge (dict "name" .name "rules" $cluster) $base) }}
{{- with include "vigilante.maintenanceNamespace" .root }}
{{ include "vigilante.role" (merge (dict "name" $.name "rules" $.rules.namespaceRules "namespace" .) $base) }}
{{- end }}
{{- with include "vigilante.approvalNamespace" .root }}
{{ include "vigilante.role" (merge (dict "name" (printf "%s-approvals" $.name) "rules" $.rules.releaseNamespaceRules "namespace" .) $base) }}
{{- end }}
{{- end -}}
