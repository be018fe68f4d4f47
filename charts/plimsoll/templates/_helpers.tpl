{{- /*
The names are fixed: one cluster has one webhook configuration called plimsoll, and so one
installation. A second one is refused by Helm, because the objects of the cluster exist.
*/}}
{{- define "plimsoll.selector" -}}
app.kubernetes.io/name: plimsoll
app.kubernetes.io/component: webhook
{{- end }}

{{- /* A mapping of labels: those of the chart, then those of the values, which may not change a selector. */}}
{{- define "plimsoll.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" "plimsoll"
  "app.kubernetes.io/part-of" "plimsoll"
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version) }}
{{- toYaml (merge $own .Values.commonLabels) }}
{{- end }}

{{- /* The image: a digest goes before a tag, and a registry for all charts before the one in the name. */}}
{{- define "plimsoll.image" -}}
{{- $name := .Values.image.repository }}
{{- with .Values.global.imageRegistry }}
  {{- $segments := splitList "/" $name }}
  {{- $first := first $segments }}
  {{- if and (gt (len $segments) 1) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) }}
    {{- $name = join "/" (rest $segments) }}
  {{- end }}
  {{- $name = printf "%s/%s" . $name }}
{{- end }}
{{- if .Values.image.digest }}
  {{- printf "%s@%s" $name .Values.image.digest }}
{{- else }}
  {{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "plimsoll.pullSecrets" -}}
{{- with concat .Values.global.imagePullSecrets .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml (uniq .) | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Whether there may be more than one replica. */}}
{{- define "plimsoll.several" -}}
{{- if .Values.hpa.enabled }}
  {{- if gt (int .Values.hpa.minReplicas) 1 }}true{{ end }}
{{- else if gt (int .Values.replicas) 1 }}true{{ end }}
{{- end }}

{{- /* The registration file: what the values add to the webhook configuration; empty where nothing. */}}
{{- define "plimsoll.registration" -}}
{{- $file := dict }}
{{- range $key := list "namespaceSelector" "objectSelector" "matchConditions" "annotations" "labels" "extraRules" }}
  {{- with index $.Values.webhook $key }}{{ $_ := set $file $key . }}{{ end }}
{{- end }}
{{- if and $file (eq .Values.registration.mode "server") }}{{ toYaml $file }}{{ end }}
{{- end }}

{{- /*
The token of the API, asked for on purpose and with an end, at the path where clients look for it:
the same that Kubernetes would mount, without being mounted into what does not ask.
*/}}
{{- define "plimsoll.token" -}}
projected:
  sources:
    - serviceAccountToken: {path: token, expirationSeconds: 3607}
    - configMap:
        name: kube-root-ca.crt
        items: [{key: ca.crt, path: ca.crt}]
    - downwardAPI:
        items: [{path: namespace, fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}]
{{- end }}

{{- /* Values that fit their schema one by one and not each other. */}}
{{- define "plimsoll.check" -}}
{{- $mode := .Values.certificates.mode }}
{{- if eq .Values.registration.mode "chart" }}
  {{- if eq $mode "selfManaged" }}
    {{- fail "registration.mode chart needs certificates.mode certManager or existingSecret: the authority of a self-managed certificate is made in the cluster, and is not known when the chart is rendered" }}
  {{- end }}
  {{- if and (eq $mode "existingSecret") (not .Values.certificates.caBundle) }}
    {{- fail "registration.mode chart with certificates.mode existingSecret needs certificates.caBundle, the authority in PEM form" }}
  {{- end }}
{{- end }}
{{- if and (eq $mode "certManager") .Values.certificates.issuerRef (not .Values.certificates.issuerRef.name) }}
  {{- fail "certificates.issuerRef needs a name" }}
{{- end }}
{{- if le (int .Values.terminationGracePeriodSeconds) (add (int .Values.leaveSeconds) 15) }}
  {{- fail (printf "terminationGracePeriodSeconds must be more than leaveSeconds and 15, which is %d: a replica that is killed sooner loses writes" (add (int .Values.leaveSeconds) 15)) }}
{{- end }}
{{- if and .Values.hpa.enabled (lt (int .Values.hpa.maxReplicas) (int .Values.hpa.minReplicas)) }}
  {{- fail "hpa.maxReplicas must not be less than hpa.minReplicas" }}
{{- end }}
{{- if eq (int .Values.ports.webhook) (int .Values.ports.admin) }}
  {{- fail "ports.webhook and ports.admin must differ" }}
{{- end }}
{{- if has (int .Values.profiling.port) (list (int .Values.ports.webhook) (int .Values.ports.admin)) }}
  {{- fail "profiling.port must differ from ports.webhook and ports.admin" }}
{{- end }}
{{- if and (eq .Values.failurePolicy "Fail") (not (include "plimsoll.several" .)) (not .Values.failWithoutReplicas) }}
  {{- fail "failurePolicy Fail needs two replicas or more: with one, every write waits while it is away; failWithoutReplicas: true is the way around" }}
{{- end }}
{{- end }}
