{{/* The pod of a component. Takes (dict "root" $ "component" "worker"). */}}

{{- define "vigilante.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository: set it to the image built from the Dockerfile of this project, for example registry.example.com/vigilante" $image.repository -}}
{{- include "vigilante.imageReference" (dict "root" . "repository" $repository "tag" $image.tag "digest" $image.digest) -}}
{{- end -}}

{{- define "vigilante.imageReference" -}}
{{- if .digest -}}{{- printf "%s@%s" .repository .digest -}}
{{- else -}}{{- printf "%s:%s" .repository (default .root.Chart.AppVersion .tag) -}}{{- end -}}
{{- end -}}

{{- define "vigilante.environment" -}}
{{- $temporal := .root.Values.temporal -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- if ne .component "collector" }}
- name: TEMPORAL_ADDRESS
  value: {{ required "temporal.address: set it to host:port of the Temporal frontend, for example temporal-frontend.temporal:7233" $temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ $temporal.namespace | quote }}
{{- with $temporal.apiKey }}
{{- if .secretName }}
- name: VIGILANTE_TEMPORAL_API_KEY_FILE
  value: /etc/vigilante/temporal/api-key/key
{{- end }}
{{- end }}
{{- with $temporal.tls }}
{{- if .enabled }}
- name: TEMPORAL_TLS
  value: "true"
{{- end }}
{{- if .serverName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ .serverName | quote }}
{{- end }}
{{- if .serverCaSecretName }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/vigilante/temporal/server-ca/ca.crt
{{- end }}
{{- if .clientCertificateSecretName }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/vigilante/temporal/client/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/vigilante/temporal/client/tls.key
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A name that comes twice is refused by the API server in words that do not lead here. */}}
{{- define "vigilante.extraEnvironment" -}}
{{- $taken := dict -}}
{{- range include "vigilante.environment" . | fromYamlArray -}}{{- $_ := set $taken .name true -}}{{- end -}}
{{- range .root.Values.extraEnv -}}
{{- if hasKey $taken .name -}}{{- fail (printf "extraEnv: %s is set by the chart or comes twice" .name) -}}{{- end -}}
{{- $_ := set $taken .name true -}}
{{- end -}}
{{- with .root.Values.extraEnv -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{- define "vigilante.probe" -}}
httpGet:
  path: {{ .path }}
  port: metrics
  scheme: {{ ternary "HTTPS" "HTTP" (eq (include "vigilante.tls" .root) "true") }}
{{- end -}}

{{- define "vigilante.container" -}}
name: {{ .component }}
image: {{ include "vigilante.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .component }}]
env:
  {{- include "vigilante.environment" . | nindent 2 }}
  {{- include "vigilante.extraEnvironment" . | nindent 2 }}
{{- with .root.Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: metrics
    containerPort: {{ include "vigilante.servingPort" . }}
  {{- if and (ne .component "collector") (ne (include "vigilante.sdkMetricsPort" .root) "0") }}
  - name: sdk-metrics
    containerPort: {{ include "vigilante.sdkMetricsPort" .root }}
  {{- end }}
# Alive means that the process answers; it must not be killed because Temporal or the API server is away.
livenessProbe:
  {{- include "vigilante.probe" (dict "root" .root "path" "/healthz") | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  {{- include "vigilante.probe" (dict "root" .root "path" "/readyz") | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 5
resources:
  {{- include "vigilante.resources" . | nindent 2 }}
securityContext:
  {{- include "vigilante.containerSecurityContext" . | nindent 2 }}
volumeMounts:
  {{- include "vigilante.volumes" (merge (dict "as" "mounts") .) | nindent 2 }}
{{- end -}}

{{/* The collector serves everything on the one port that its clients know. */}}
{{- define "vigilante.servingPort" -}}
{{- if eq .component "collector" -}}{{- include "vigilante.collectorPort" .root -}}
{{- else -}}{{- include "vigilante.httpPort" .root -}}{{- end -}}
{{- end -}}

{{- define "vigilante.resources" -}}
{{- $own := (index .root.Values .component).resources -}}
{{- toYaml (ternary $own (default $own .root.Values.resources) (eq .component "collector")) -}}
{{- end -}}
