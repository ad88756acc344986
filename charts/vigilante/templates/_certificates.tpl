{{/* The certificate by which the processes serve HTTPS. */}}

{{- define "vigilante.issuesCertificates" -}}
{{- if or .Values.certificates.enabled .Values.create_certificates -}}true{{- end -}}
{{- end -}}

{{/* The secret with tls.crt and tls.key, and where cert-manager makes it with ca.crt. */}}
{{- define "vigilante.certificateSecretName" -}}
{{- $own := .Values.certificateSecretName -}}
{{- if ne (include "vigilante.issuesCertificates" .) "true" -}}
{{- required "certificateSecretName: set it, because config.tls is true, or let cert-manager make a certificate with certificates.enabled" $own -}}
{{- else if $own -}}
{{- fail "certificateSecretName: leave it empty, because certificates.enabled (or create_certificates) makes a certificate" -}}
{{- else -}}
{{- printf "%s-certificate" (include "vigilante.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* As a list in YAML: each Service by the names that a client in the cluster may use for it. */}}
{{- define "vigilante.certificateDnsNames" -}}
{{- $names := list -}}
{{- range $component := include "vigilante.deployments" . | fromJsonArray -}}
{{- $service := include "vigilante.serviceName" (dict "root" $ "component" $component) -}}
{{- $inNamespace := printf "%s.%s" $service $.Release.Namespace -}}
{{- $names = concat $names (list $service $inNamespace (printf "%s.svc" $inNamespace) (printf "%s.svc.cluster.local" $inNamespace)) -}}
{{- end -}}
{{- toYaml (concat $names .Values.certificates.dnsNames | uniq) -}}
{{- end -}}
