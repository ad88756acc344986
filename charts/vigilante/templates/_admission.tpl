{{/*
active, or unsupported: since Kubernetes 1.30 the API server has such policies in version v1. Empty: not wanted. The
version is asked, not the list of kinds: `helm template` knows no kinds, and must not leave the policy out for that.
*/}}
{{- define "vigilante.admissionPolicy" -}}
{{- if .Values.admissionPolicy.enabled -}}
{{- ternary "active" "unsupported" (semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}

{{/* A policy with its binding. Takes (dict "root" $ "component" "worker" "name" … "spec" …). */}}
{{- define "vigilante.policy" -}}
{{- $labels := include "vigilante.labels" . -}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ .name }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  {{- .spec | fromYaml | toYaml | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  policyName: {{ .name }}
  validationActions: [Deny]
{{- end -}}

{{- define "vigilante.accountUser" -}}
{{- printf "system:serviceaccount:%s:%s" .root.Release.Namespace (include "vigilante.serviceAccountName" .) -}}
{{- end -}}

{{- define "vigilante.maintainerPolicy" -}}
{{- $account := printf "%s:%s" .root.Release.Namespace (include "vigilante.serviceAccountName" .) -}}
{{- .root.Files.Get "files/maintainer-admission-policy.yaml" | replace "MAINTAINER_ACCOUNT" $account -}}
{{- end -}}

{{- define "vigilante.actPodPolicy" -}}
{{- .root.Files.Get "files/maintenance-pod-admission-policy.yaml"
  | replace "MAINTENANCE_NAMESPACE" (toJson (include "vigilante.maintenanceNamespace" .root))
  | replace "MAINTAINER_USER" (toJson (include "vigilante.accountUser" .)) -}}
{{- end -}}

{{- define "vigilante.nodePolicy" -}}
{{- $account := printf "%s:%s" .Release.Namespace (include "vigilante.serviceAccountName" (dict "root" . "component" "worker")) -}}
{{- $annotation := dig "healing" "annotation" "cops-vigilante-snat-node-healed" .Values.config -}}
{{- if not (regexMatch "^[A-Za-z0-9./_-]+$" $annotation) -}}
{{- fail (printf "config.healing.annotation: %q is not the key of an annotation" $annotation) -}}
{{- end -}}
{{- $more := include "vigilante.nodeWrites" . | fromJson -}}
{{- .Files.Get "files/admission-policy.yaml"
  | replace "WORKER_ACCOUNT" $account
  | replace "HEALED_ANNOTATION" $annotation
  | replace "STARTUP_TAINTS" (toJson $more.taints)
  | replace "MORE_MARKS" (toJson $more.marks)
  | replace "MORE_ANNOTATIONS" (toJson $more.annotations)
  | replace "MORE_CONDITIONS" (toJson $more.conditions) -}}
{{- end -}}

{{/*
JSON: what the worker may write to nodes beside the annotations of `snat` and the condition AgentConnectivity. All lists
are empty while config has neither taint, condition and profile, nor heals that may have a relapse.
*/}}
{{- define "vigilante.nodeWrites" -}}
{{- $healing := default dict .Values.config.healing -}}
{{- $profiles := default list .Values.config.profiles -}}
{{- $marks := list -}}
{{- $annotations := list -}}
{{- if eq (include "vigilante.evidence" .) "source-address" -}}{{- $annotations = list "vigilante-snat-relapsed" -}}{{- end -}}
{{- range $profiles -}}
{{- $marks = append $marks (default (printf "vigilante-%s-healed" .name) .annotation) -}}
{{- $annotations = append (append $annotations (printf "vigilante-%s-proof" .name)) (printf "vigilante-%s-relapsed" .name) -}}
{{- end -}}
{{- $taints := list -}}
{{- $conditions := list -}}
{{- range prepend $profiles $healing -}}
{{- with .taint -}}{{- $taints = append $taints .key -}}{{- end -}}
{{- with .condition -}}{{- $conditions = append $conditions . -}}{{- end -}}
{{- end -}}
{{- range concat $marks $annotations $taints $conditions -}}
{{- if not (regexMatch "^[A-Za-z0-9./_-]+$" .) -}}
{{- fail (printf "config: %q is neither the key of an annotation or a taint nor the type of a condition" .) -}}
{{- end -}}
{{- end -}}
{{- dict "marks" $marks "annotations" $annotations "taints" $taints "conditions" $conditions | toJson -}}
{{- end -}}

{{/*
Values become JSON, which is valid in an expression. The defaults are those of config/schema/healing-pod.ts; what the
release before this one made without being told otherwise is allowed as well, for the minute of an upgrade.
*/}}
{{- define "vigilante.podPolicy" -}}
{{- $pod := default dict (dig "healing" "pod" dict .Values.config) -}}
{{- $users := list -}}
{{- range list "worker" "starter" -}}{{- $users = append $users (include "vigilante.accountUser" (dict "root" $ "component" .)) -}}{{- end -}}
{{- $pause := "mcr.microsoft.com/oss/v2/kubernetes/pause" -}}
{{- $probes := include "vigilante.probeCommands" . | fromJson -}}
{{- $defaults := list (printf "%s:3.10.1" $pause) (printf "%s:3.10.2" $pause) -}}
{{- if $probes -}}
{{- $nanoserver := "mcr.microsoft.com/windows/nanoserver" -}}
{{- $defaults = concat $defaults (list (printf "%s:ltsc2022" $nanoserver) (printf "%s:ltsc2025" $nanoserver)) -}}
{{- end -}}
{{- $images := ternary (list $pod.image) $defaults (hasKey $pod "image") -}}
{{- $resources := default (dict "requests" (dict "cpu" "50m" "memory" "128Mi") "limits" (dict "cpu" "100m" "memory" "128Mi")) $pod.resources -}}
{{- if hasKey $pod "resources" -}}{{- $resources = $pod.resources -}}{{- end -}}
{{- $labels := prepend (keys (default dict $pod.labels) | sortAlpha) "sidecar.istio.io/inject" -}}
{{- $annotations := concat (list "sidecar.istio.io/inject" "linkerd.io/inject") (keys (default dict $pod.annotations) | sortAlpha) -}}
{{- .Files.Get "files/pod-admission-policy.yaml"
  | replace "HEALING_ACCOUNTS" (toJson (uniq $users))
  | replace "HEALING_NAMESPACE" (toJson (include "vigilante.healingNamespace" .))
  | replace "POD_IMAGES" (toJson (concat $images .Values.admissionPolicy.podImages))
  | replace "POD_LABELS" (toJson (uniq $labels))
  | replace "POD_ANNOTATIONS" (toJson (uniq $annotations))
  | replace "POD_REQUESTS_MAX" (toJson (default dict $resources.requests))
  | replace "POD_LIMITS_MAX" (toJson (default dict $resources.limits))
  | replace "POD_PRIORITY_CLASS" (toJson (default (include "vigilante.priorityClass" .) $pod.priorityClassName))
  | replace "POD_SCHEDULER" (toJson (default "default-scheduler" $pod.schedulerName))
  | replace "PROBE_COMMANDS" (toJson $probes) -}}
{{- end -}}

{{/*
JSON: for each container that asks an endpoint its command line, as kubernetes/healing/probing-pod.ts makes it. Admitted
wherever there are endpoints: `vigilante verify` asks them whatever `config.healing.evidence` says, and so do heals that
were begun with `source-address`, until they end.
*/}}
{{- define "vigilante.probeCommands" -}}
{{- $pod := default dict (dig "healing" "pod" dict .Values.config) -}}
{{- $settleMs := round (mulf 1000 (include "vigilante.seconds" (dig "healing" "echo" "settle" "2s" .Values.config))) 0 | int -}}
{{- $commands := dict -}}
{{- range include "vigilante.endpoints" . | fromJsonArray -}}
{{- $asked := printf "%s?nonce=$(POD_UID)" .url -}}
{{- $command := list -}}
{{- range default list $pod.command -}}{{- $command = append $command (replace "{url}" $asked .) -}}{{- end -}}
{{- if not $command -}}
{{- $waitMs := ternary $settleMs 0 (eq (default "vigilante" .answer) "vigilante") -}}
{{- $maxSeconds := add 5 (divf $waitMs 1000 | ceil | int) -}}
{{- $command = list "C:\\Windows\\System32\\curl.exe" "-q" "-sS" "--fail" "--fail-early" -}}
{{- $command = concat $command (list "--noproxy" "*" "--globoff" "--max-redirs" "0") -}}
{{- $command = concat $command (list "--connect-timeout" "2" "--max-time" (toString $maxSeconds)) -}}
{{- $command = concat $command (list "--retry" "4" "--retry-delay" "1" "--retry-connrefused") -}}
{{- $urls := list $asked -}}
{{- if $waitMs -}}{{- $urls = prepend $urls (printf "%s/wait?ms=%d" (regexReplaceAll "/[^/]*$" .url "") $waitMs) -}}{{- end -}}
{{- if eq (default "file" $pod.answer) "log" -}}
{{- $command = append (concat $command $urls) "end://of-the-answer" -}}
{{- else -}}
{{- range $urls -}}{{- $command = concat $command (list "-o" "/dev/termination-log" .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $commands (printf "echo-%s" .name) $command -}}
{{- end -}}
{{- toJson $commands -}}
{{- end -}}
