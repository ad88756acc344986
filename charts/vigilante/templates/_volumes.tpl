{{/*
Volumes of the pod of a Deployment, or with "as" "mounts" where the container finds them: one list of both. Takes
(dict "root" $ "component" "worker" "as" "volumes").
*/}}

{{- define "vigilante.volumes" -}}
{{- $values := .root.Values -}}
{{- $volumes := list -}}
{{- range include "vigilante.componentVolumes" . | fromYamlArray -}}{{- $volumes = append $volumes . -}}{{- end -}}
{{- $entries := list -}}
{{- range $volumes -}}
{{- if eq $.as "mounts" -}}
{{- $entries = append $entries (merge (dict "name" .name "mountPath" .path) (ternary dict (dict "readOnly" true) (default false .writable))) -}}
{{- else -}}{{- $entries = append $entries (merge (dict "name" .name) .source) -}}{{- end -}}
{{- end -}}
{{- if eq .as "mounts" -}}{{- $entries = concat $entries $values.extraVolumeMounts -}}
{{- else -}}
{{- $taken := dict -}}
{{- range $entries -}}{{- $_ := set $taken .name true -}}{{- end -}}
{{- range $values.extraVolumes -}}
{{- if hasKey $taken .name -}}{{- fail (printf "extraVolumes: %s is a volume of the chart or comes twice" .name) -}}{{- end -}}
{{- $_ := set $taken .name true -}}
{{- $entries = append $entries . -}}
{{- end -}}
{{- end -}}
{{- toYaml $entries -}}
{{- end -}}

{{/* A list of name, path, source of the volume, and whether it is written to. */}}
{{- define "vigilante.componentVolumes" -}}
- name: config
  path: /etc/vigilante/config
  source: {configMap: {name: {{ include "vigilante.fullname" .root }}}}
{{- with include "vigilante.certificateSecret" .root }}
- name: certificate
  path: /etc/vigilante/certs
  source: {secret: {secretName: {{ . }}}}
{{- end }}
{{- if eq .component "collector" }}
{{ include "vigilante.storeVolumes" .root }}
{{- else }}
{{- with .root.Values.temporal.apiKey }}
{{- if .secretName }}
# As a file: the process takes up a key that changes, which an environment variable cannot.
- name: temporal-api-key
  path: /etc/vigilante/temporal/api-key
  source: {secret: {secretName: {{ .secretName }}, items: [{key: {{ .secretKey | quote }}, path: key}]}}
{{- end }}
{{- end }}
{{- with .root.Values.temporal.tls.serverCaSecretName }}
- name: temporal-server-ca
  path: /etc/vigilante/temporal/server-ca
  source: {secret: {secretName: {{ . }}}}
{{- end }}
{{- with .root.Values.temporal.tls.clientCertificateSecretName }}
- name: temporal-client
  path: /etc/vigilante/temporal/client
  source: {secret: {secretName: {{ . }}}}
{{- end }}
{{- end }}
{{- if has .component (list "worker" "maintainer") }}
{{- with include "vigilante.collectorCaSecret" .root }}
# Without it the collector cannot be asked, and everything else goes on.
- name: collector-ca
  path: /etc/vigilante/collector-ca
  source: {secret: {secretName: {{ . }}, optional: true, items: [{key: ca.crt, path: ca.crt}]}}
{{- end }}
{{- end }}
{{- if eq .component "maintainer" }}
{{ include "vigilante.maintainerVolumes" .root.Values.maintainer }}
{{- end }}
{{- end -}}

{{- define "vigilante.maintainerVolumes" -}}
{{- with .declaredPrivileges.configMapName }}
# Read again for each comparison.
- name: declared-privileges
  path: /etc/vigilante/privileges
  source: {configMap: {name: {{ . }}}}
{{- end }}
{{- with .executorTemplates.configMapName }}
- name: executor-templates
  path: /etc/vigilante/templates
  source: {configMap: {name: {{ . }}}}
{{- end }}
{{- with .webhooks.secretName }}
# Read again for each request.
- name: webhooks
  path: /etc/vigilante/webhooks
  source: {secret: {secretName: {{ . }}}}
{{- end }}
{{- with .alerts.tokenSecretName }}
- name: alerts-token
  path: /etc/vigilante/alerts/token
  source: {secret: {secretName: {{ . }}, items: [{key: token, path: token}]}}
{{- end }}
{{- with .alerts.caSecretName }}
- name: alerts-ca
  path: /etc/vigilante/alerts/ca
  source: {{ include "vigilante.caSource" . }}
{{- end }}
{{- with .etcd.secretName }}
# Read again for each look.
- name: etcd
  path: /etc/vigilante/etcd
  source: {secret: {secretName: {{ . }}}}
{{- end }}
{{- with .snapshots.claimName }}
- name: snapshots
  path: /var/lib/vigilante/snapshots
  writable: true
  source: {persistentVolumeClaim: {claimName: {{ . }}}}
{{- end }}
{{- end -}}

{{- define "vigilante.storeVolumes" -}}
{{- if eq (include "vigilante.storeKind" .) "embedded" }}
- name: reports
  path: /var/lib/vigilante
  writable: true
  {{- if .Values.collector.persistence.enabled }}
  source: {persistentVolumeClaim: {claimName: {{ include "vigilante.claimName" . }}}}
  {{- else }}
  source: {emptyDir: {}}
  {{- end }}
{{- end }}
{{- with .Values.collector.etcd.clientCertificateSecretName }}
- name: etcd-client
  path: /etc/vigilante/etcd/client
  source: {secret: {secretName: {{ . }}}}
{{- end }}
{{- with .Values.collector.etcd.caSecretName }}
- name: etcd-ca
  path: /etc/vigilante/etcd/ca
  source: {{ include "vigilante.caSource" . }}
{{- end }}
{{- end -}}

{{/* Nothing but the authority: the secret may hold a private key as well. */}}
{{- define "vigilante.caSource" -}}
{secret: {secretName: {{ . }}, items: [{key: ca.crt, path: ca.crt}]}}
{{- end -}}
