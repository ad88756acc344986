{{/* The pod of a component. Takes (dict "root" $ "component" "worker"). */}}

{{- define "vigilante.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository: set it to the image built from the Dockerfile of this project, for example registry.example.com/vigilante" $image.repository -}}
{{- if $image.digest -}}{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}{{- printf "%s:%s" $repository (default .Chart.AppVersion $image.tag) -}}{{- end -}}
{{- end -}}

{{- define "vigilante.environment" -}}
{{- $temporal := .Values.temporal -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: TEMPORAL_ADDRESS
  value: {{ required "temporal.address: set it to host:port of the Temporal frontend, for example temporal-frontend.temporal:7233" $temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ $temporal.namespace | quote }}
{{- with $temporal.apiKey }}
{{- if .secretName }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .secretName }}
      key: {{ .secretKey }}
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
{{- end -}}

{{/* A name that comes twice is refused by the API server in words that do not lead here. */}}
{{- define "vigilante.extraEnvironment" -}}
{{- $taken := dict -}}
{{- range include "vigilante.environment" . | fromYamlArray -}}{{- $_ := set $taken .name true -}}{{- end -}}
{{- range .Values.extraEnv -}}
{{- if hasKey $taken .name -}}{{- fail (printf "extraEnv: %s is set by the chart or comes twice" .name) -}}{{- end -}}
{{- $_ := set $taken .name true -}}
{{- end -}}
{{- with .Values.extraEnv -}}{{- toYaml . -}}{{- end -}}
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
  {{- include "vigilante.environment" .root | nindent 2 }}
  {{- include "vigilante.extraEnvironment" .root | nindent 2 }}
ports:
  - name: metrics
    containerPort: {{ include "vigilante.httpPort" .root }}
  {{- if ne (include "vigilante.sdkMetricsPort" .root) "0" }}
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
  {{- toYaml (index .root.Values .component).resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  {{- include "vigilante.volumes" (dict "root" .root "as" "mounts") | nindent 2 }}
{{- end -}}

{{/* Volumes of the pod, or with "as" "mounts" where the container finds them: one list of both. */}}
{{- define "vigilante.volumes" -}}
{{- $values := .root.Values -}}
{{- $volumes := list (dict "name" "config" "path" "/etc/vigilante/config" "source" (dict "configMap" (dict "name" (include "vigilante.fullname" .root)))) -}}
{{- if eq (include "vigilante.tls" .root) "true" -}}
{{- $secret := required "certificateSecretName: set it, because config.tls is true" $values.certificateSecretName -}}
{{- $volumes = append $volumes (dict "name" "certificate" "path" "/etc/vigilante/certs" "source" (dict "secret" (dict "secretName" $secret))) -}}
{{- end -}}
{{- with $values.temporal.tls.serverCaSecretName -}}
{{- $volumes = append $volumes (dict "name" "temporal-server-ca" "path" "/etc/vigilante/temporal/server-ca" "source" (dict "secret" (dict "secretName" .))) -}}
{{- end -}}
{{- with $values.temporal.tls.clientCertificateSecretName -}}
{{- $volumes = append $volumes (dict "name" "temporal-client" "path" "/etc/vigilante/temporal/client" "source" (dict "secret" (dict "secretName" .))) -}}
{{- end -}}
{{- $asMounts := eq .as "mounts" -}}
{{- $entries := list -}}
{{- range $volumes -}}
{{- if $asMounts -}}{{- $entries = append $entries (dict "name" .name "mountPath" .path "readOnly" true) -}}
{{- else -}}{{- $entries = append $entries (merge (dict "name" .name) .source) -}}{{- end -}}
{{- end -}}
{{- toYaml $entries -}}
{{- end -}}
