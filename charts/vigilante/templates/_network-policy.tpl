{{/* Parts of the NetworkPolicies. Each takes (dict "root" $ "component" "worker"). */}}

{{/* Peers that may reach the port of the component, besides the kubelet. */}}
{{- define "vigilante.ingressPeers" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $peers := list (dict "podSelector" (dict "matchLabels" (include "vigilante.selectorLabels" (merge (dict "component" "test") .) | fromYaml))) -}}
{{- $peers = concat $peers $policy.metricsFrom -}}
{{- if eq .component "collector" -}}
{{- range list "worker" "maintainer" -}}
{{- $peers = append $peers (dict "podSelector" (dict "matchLabels" (include "vigilante.selectorLabels" (dict "root" $.root "component" .) | fromYaml))) -}}
{{- end -}}
{{- range list "agent" "agent-windows" -}}
{{- $peers = append $peers (dict "podSelector" (dict "matchLabels" (include "vigilante.selectorLabels" (dict "root" $.root "component" .) | fromYaml))) -}}
{{- end -}}
{{- $foreign := dict "matchLabels" (dict "app" "netchecker-agent") -}}
{{- $namespaces := include "vigilante.agentNamespaces" $.root | fromJsonArray -}}
{{- range $namespaces -}}
{{- $peers = append $peers (dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" .)) "podSelector" $foreign) -}}
{{- end -}}
{{- if not $namespaces -}}{{- $peers = append $peers (dict "namespaceSelector" dict "podSelector" $foreign) -}}{{- end -}}
{{- range $policy.nodeCidrs -}}{{- $peers = append $peers (dict "ipBlock" (dict "cidr" .)) -}}{{- end -}}
{{- end -}}
{{- toYaml $peers -}}
{{- end -}}

{{- define "vigilante.ingressPorts" -}}
- port: {{ include "vigilante.servingPort" . }}
  protocol: TCP
{{- if and (ne .component "collector") (ne (include "vigilante.sdkMetricsPort" .root) "0") }}
- port: {{ include "vigilante.sdkMetricsPort" .root }}
  protocol: TCP
{{- end }}
{{- end -}}

{{/* Numbers of ports that the component calls, beside DNS: to any address, as these are outside of the cluster or no pods. */}}
{{- define "vigilante.egressPorts" -}}
{{- $values := .root.Values -}}
{{- $ports := list -}}
{{- if ne .component "fleet" -}}
{{- range $values.networkPolicy.apiServerPorts -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- end -}}
{{- if eq .component "collector" -}}
{{- if eq (include "vigilante.storeKind" .root) "etcd" -}}
{{- range dig "collector" "store" "etcd" "endpoints" list $values.config -}}
{{- $ports = append $ports (include "vigilante.portOfUrl" .) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $ports = append $ports (include "vigilante.portOfUrl" (printf "https://%s" $values.temporal.address)) -}}
{{- end -}}
{{- if and (has .component (list "worker" "maintainer")) (eq (include "vigilante.watching" .root) "true") -}}
{{- $url := dig "connectivity" "collectorUrl" "" $values.config -}}
{{- if $url -}}{{- $ports = append $ports (include "vigilante.portOfUrl" $url) -}}{{- end -}}
{{- end -}}
{{- if eq .component "maintainer" -}}
{{- with dig "maintenance" "gates" "alerts" "url" "" $values.config -}}{{- $ports = append $ports (include "vigilante.portOfUrl" .) -}}{{- end -}}
{{- range include "vigilante.executors" .root | fromJson -}}
{{- with .url -}}{{- $ports = append $ports (include "vigilante.portOfUrl" .) -}}{{- end -}}
{{- range dig "artifacts" "files" list . -}}{{- $ports = append $ports (include "vigilante.portOfUrl" .url) -}}{{- end -}}
{{- end -}}
{{- $upgrade := dig "maintenance" "upgrade" dict $values.config -}}
{{- range dig "etcd" "endpoints" list $upgrade -}}{{- $ports = append $ports (include "vigilante.portOfUrl" .) -}}{{- end -}}
{{- range $upgrade.apiServers -}}{{- $ports = append $ports (include "vigilante.portOfUrl" .url) -}}{{- end -}}
{{- end -}}
{{- if has .component (list "maintainer" "fleet") -}}
{{- range dig "maintenance" "notify" list $values.config -}}{{- $ports = append $ports (include "vigilante.portOfUrl" .url) -}}{{- end -}}
{{- end -}}
{{- range $port := $ports | toStrings | uniq }}
- port: {{ $port }}
  protocol: TCP
{{- end }}
{{- end -}}

{{/*
YAML of rules: the worker itself asks each endpoint of the healing pods once a minute. A name may stand for any address.
*/}}
{{- define "vigilante.endpointEgress" -}}
{{- $rules := list -}}
{{- range include "vigilante.endpoints" .root | fromJsonArray -}}
{{- $rule := dict "ports" (list (dict "port" (include "vigilante.portOfUrl" .url | int) "protocol" "TCP")) -}}
{{- $host := (urlParse .url).hostname -}}
{{- if or (contains ":" $host) (regexMatch "^[0-9.]+$" $host) -}}
{{- $cidr := printf "%s/%s" $host (ternary "128" "32" (contains ":" $host)) -}}
{{- $_ := set $rule "to" (list (dict "ipBlock" (dict "cidr" $cidr))) -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- with $rules | uniq -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/* The brackets of an IPv6 address hold colons as well. */}}
{{- define "vigilante.portOfUrl" -}}
{{- $port := trimPrefix ":" (regexFind ":[0-9]+$" (urlParse .).host) -}}
{{- default (ternary "443" "80" (hasPrefix "https:" .)) $port -}}
{{- end -}}
