{{/* Parts of the pod. */}}

{{- define "vigilante-echo.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository: set it to the image built from the Dockerfile of this project, for example registry.example.com/vigilante" $image.repository -}}
{{- if $image.digest -}}{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}{{- printf "%s:%s" $repository (default .Chart.AppVersion $image.tag) -}}{{- end -}}
{{- end -}}

{{/* Pod Security "restricted" asks for the first two. Helm drops a null of an umbrella chart's own values.yaml; "" means the same. */}}
{{- define "vigilante-echo.podSecurityContext" -}}
{{- $context := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- range $key, $value := .Values.podSecurityContext -}}
{{- if not (or (kindIs "invalid" $value) (kindIs "string" $value)) -}}{{- $_ := set $context $key $value -}}{{- end -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- define "vigilante-echo.probe" -}}
httpGet:
  path: {{ .path }}
  port: metrics
  scheme: {{ include "vigilante-echo.scheme" .root | upper }}
{{- end -}}

{{/* Volumes, or with "as" "mounts" where the container finds them. Takes (dict "root" $ "as" "volumes"). */}}
{{- define "vigilante-echo.volumes" -}}
{{- $key := .root.Values.signingKey -}}
{{- $secret := required "signingKey.secretName: set it to a secret with a key of `vigilante echo key generate`, which the chart does not make" $key.secretName -}}
{{- $certificate := include "vigilante-echo.certificateSecret" .root -}}
{{- if eq .as "mounts" -}}
- name: config
  mountPath: /etc/vigilante/config
  readOnly: true
- name: signing-key
  mountPath: /etc/vigilante/echo
  readOnly: true
{{- if $certificate }}
- name: certificate
  mountPath: /etc/vigilante/certs
  readOnly: true
{{- end }}
{{- else -}}
- name: config
  configMap:
    name: {{ include "vigilante-echo.fullname" .root }}
- name: signing-key
  secret:
    secretName: {{ $secret }}
    items:
      - key: {{ $key.secretKey | quote }}
        path: ed25519.pem
{{- if $certificate }}
- name: certificate
  secret:
    secretName: {{ $certificate }}
    items:
      - key: tls.crt
        path: tls.crt
      - key: tls.key
        path: tls.key
{{- end }}
{{- end }}
{{- end -}}
