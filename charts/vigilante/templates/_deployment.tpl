{{/* The Deployment of a component. Takes (dict "root" $ "component" "worker"). */}}

{{- define "vigilante.deployment" -}}
{{- $values := .root.Values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "vigilante.componentName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "vigilante.labels" . | nindent 4 }}
spec:
  replicas: {{ include "vigilante.replicas" . }}
  {{- if and (eq .component "collector") (eq (include "vigilante.storeKind" .root) "embedded") }}
  # Never two at a time: each would know half of the reports, or wait for the file of the other.
  strategy:
    type: Recreate
  {{- end }}
  selector:
    matchLabels:
      {{- include "vigilante.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "vigilante.podLabels" (merge (dict "more" $values.podLabels "value" "podLabels") .) | nindent 8 }}
      annotations:
        # The processes read their configuration once: a change of it replaces the pods.
        vigilante/config-digest: {{ include "vigilante.configuration" .root | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "vigilante.serviceAccountName" . }}
      # The fleet's process asks no API server.
      automountServiceAccountToken: {{ ne .component "fleet" }}
      # A Service named temporal would otherwise set variables that begin with TEMPORAL_.
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ include "vigilante.terminationGraceSeconds" . }}
      {{- with $values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      securityContext:
        {{- include "vigilante.podSecurityContext" . | nindent 8 }}
      nodeSelector:
        {{- toYaml (merge (dict "kubernetes.io/os" "linux") $values.nodeSelector) | nindent 8 }}
      {{- with $values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.topologySpreadKeys }}
      topologySpreadConstraints:
        {{- range . }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "vigilante.selectorLabels" $ | nindent 14 }}
        {{- end }}
      {{- end }}
      {{- with $values.initContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - {{- include "vigilante.container" . | nindent 10 }}
        {{- with $values.extraContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "vigilante.volumes" (merge (dict "as" "volumes") .) | nindent 8 }}
{{- end -}}
