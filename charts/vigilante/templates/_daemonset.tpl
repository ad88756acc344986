{{/* The DaemonSet of an agent, see _agent.tpl. */}}

{{- define "vigilante.daemonSet" -}}
{{- $agent := .root.Values.agent -}}
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ include "vigilante.componentName" . }}
  namespace: {{ include "vigilante.agentNamespace" . }}
  labels:
    {{- include "vigilante.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      {{- include "vigilante.selectorLabels" . | nindent 6 }}
  updateStrategy:
    {{- toYaml $agent.updateStrategy | nindent 4 }}
  template:
    metadata:
      labels:
        # By the label app the collector knows whom to expect: config.collector.agents.selector.
        {{- $app := ternary dict (dict "app" (ternary "netchecker-agent-hostnet" "netchecker-agent" .hostNetwork)) (hasKey $agent.podLabels "app") }}
        {{- include "vigilante.podLabels" (merge (dict "own" $app "more" $agent.podLabels "value" "agent.podLabels") .) | nindent 8 }}
      {{- with $agent.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      os:
        name: {{ .os }}
      serviceAccountName: {{ include "vigilante.agentServiceAccountName" .root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 10
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $agent.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- if .hostNetwork }}
      hostNetwork: true
      {{- if eq .os "linux" }}
      # With the node's own resolver it would not find the Service.
      dnsPolicy: ClusterFirstWithHostNet
      {{- end }}
      {{- end }}
      {{- if include "vigilante.agentReadsProcesses" . }}
      # The processes of other pods are seen in no other namespace; it still runs without root and without a capability.
      hostPID: true
      {{- end }}
      securityContext:
        {{- include "vigilante.agentPodSecurityContext" . | nindent 8 }}
      nodeSelector:
        {{- toYaml (merge (dict "kubernetes.io/os" .os) $agent.nodeSelector) | nindent 8 }}
      {{- with $agent.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $agent.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: agent
          image: {{ include "vigilante.agentImage" . | quote }}
          imagePullPolicy: {{ $agent.image.pullPolicy }}
          args:
            {{- include "vigilante.agentArguments" . | nindent 12 }}
          env:
            - name: MY_POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
            - name: MY_NODE_NAME
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
            {{- with $agent.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          resources:
            {{- toYaml $agent.resources | nindent 12 }}
          {{- if eq .os "linux" }}
          securityContext:
            {{- include "vigilante.containerSecurityContext" . | nindent 12 }}
          {{- end }}
          {{- with include "vigilante.agentVolumes" (merge (dict "as" "mounts") .) | trim }}
          volumeMounts:
            {{- . | nindent 12 }}
          {{- end }}
      {{- with include "vigilante.agentVolumes" (merge (dict "as" "volumes") .) | trim }}
      volumes:
        {{- . | nindent 8 }}
      {{- end }}
{{- end -}}
