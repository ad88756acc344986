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
  replicas: {{ (index $values .component).replicas }}
  selector:
    matchLabels:
      {{- include "vigilante.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "vigilante.labels" . | nindent 8 }}
      annotations:
        # The processes read their configuration once: a change of it replaces the pods.
        vigilante/config-digest: {{ toYaml $values.config | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "vigilante.serviceAccountName" . }}
      automountServiceAccountToken: true
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
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
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
      containers:
        - {{- include "vigilante.container" . | nindent 10 }}
      volumes:
        {{- include "vigilante.volumes" (dict "root" .root "as" "volumes") | nindent 8 }}
{{- end -}}
