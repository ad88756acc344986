{{/* What the templates read from the configuration. The defaults are those of config/schema/echo.ts. */}}

{{- define "vigilante-echo.configuration" -}}
{{- $proxies := dig "echo" "trustedProxies" list .Values.config -}}
{{- $isBehindProxy := eq (dig "echo" "proxyProtocol" "off" .Values.config) "v2" -}}
{{- if and $isBehindProxy (not $proxies) -}}
{{- fail "config.echo.trustedProxies: set it, because config.echo.proxyProtocol is v2" -}}
{{- else if and $proxies (not $isBehindProxy) -}}
{{- fail "config.echo.trustedProxies: leave it empty, because config.echo.proxyProtocol is off" -}}
{{- end -}}
{{- toYaml .Values.config -}}
{{- end -}}

{{- define "vigilante-echo.port" -}}
{{- dig "echo" "endpoint" "[::]:8080" .Values.config | regexFind "[0-9]+$" -}}
{{- end -}}

{{- define "vigilante-echo.metricsPort" -}}
{{- dig "http" "port" (dig "echo" "metricsPort" 8001 .Values.config) .Values.config | int -}}
{{- end -}}

{{/* How metrics and health are served. */}}
{{- define "vigilante-echo.scheme" -}}
{{- ternary "https" "http" (dig "tls" false .Values.config) -}}
{{- end -}}

{{/* Empty where nothing is served over HTTPS. */}}
{{- define "vigilante-echo.certificateSecret" -}}
{{- if or (dig "tls" false .Values.config) (dig "echo" "tls" false .Values.config) -}}
{{- required "certificateSecretName: set it, because config.echo.tls or config.tls is true" .Values.certificateSecretName -}}
{{- end -}}
{{- end -}}
