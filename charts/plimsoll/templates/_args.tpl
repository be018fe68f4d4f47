{{- /* The flags of `plimsoll serve`, one a line, quoted. */}}
{{- define "plimsoll.args" -}}
{{- $server := eq .Values.registration.mode "server" }}
{{- $flags := list "serve" "--cluster"
  (printf "--listen=0.0.0.0:%d" (int .Values.ports.webhook))
  (printf "--admin-listen=0.0.0.0:%d" (int .Values.ports.admin))
  "--policy=/etc/plimsoll/policies"
  (printf "--enforcement=%s" .Values.enforcement)
  (printf "--exception-max-days=%d" (int .Values.exceptionMaxDays)) }}
{{- with .Values.exceptionNamespaces }}
  {{- $flags = append $flags (printf "--exception-namespaces=%s" (join "," .)) }}
{{- end }}
{{- if .Values.secretKeys }}{{ $flags = append $flags "--secret-keys" }}{{ end }}
{{- if $server }}
  {{- $flags = concat $flags (list
    (printf "--register=%s/plimsoll" .Release.Namespace)
    (printf "--failure-policy=%s" .Values.failurePolicy)
    (printf "--webhook-timeout-seconds=%d" (int .Values.webhook.timeoutSeconds))) }}
  {{- if .Values.failWithoutReplicas }}{{ $flags = append $flags "--fail-without-replicas" }}{{ end }}
  {{- with .Values.excludeNamespaces }}
    {{- $flags = append $flags (printf "--exclude-namespaces=%s" (join "," .)) }}
  {{- end }}
  {{- if include "plimsoll.registration" . }}
    {{- $flags = append $flags "--registration=/etc/plimsoll/registration/registration.yaml" }}
  {{- end }}
{{- end }}
{{- with .Values.certificates }}
  {{- if eq .mode "selfManaged" }}
    {{- $flags = append $flags (printf "--tls-secret=%s" .secretName) }}
    {{- with .certificateDays }}{{ $flags = append $flags (printf "--certificate-days=%d" (int .)) }}{{ end }}
    {{- with .authorityDays }}{{ $flags = append $flags (printf "--authority-days=%d" (int .)) }}{{ end }}
  {{- else }}
    {{- $flags = concat $flags (list "--tls-cert=/etc/plimsoll/tls/tls.crt" "--tls-key=/etc/plimsoll/tls/tls.key") }}
    {{- if $server }}{{ $flags = append $flags "--tls-ca=/etc/plimsoll/tls/ca.crt" }}{{ end }}
  {{- end }}
{{- end }}
{{- $flags = concat $flags (list
  (printf "--api-qps=%v" .Values.apiServer.qps)
  (printf "--api-burst=%d" (int .Values.apiServer.burst))
  (printf "--leave-seconds=%d" (int .Values.leaveSeconds))
  (printf "--log=%s" .Values.logLevel)
  (printf "--log-format=%s" .Values.logFormat)) }}
{{- with .Values.openTelemetry.endpoint }}{{ $flags = append $flags (printf "--otlp-endpoint=%s" .) }}{{ end }}
{{- with int .Values.profiling.port }}{{ $flags = append $flags (printf "--profile-listen=127.0.0.1:%d" .) }}{{ end }}
{{- $flags = concat $flags .Values.extraArgs }}
{{- range $flags }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- /* The flags of `plimsoll audit`: it holds against what the server has in force. */}}
{{- define "plimsoll.auditArgs" -}}
{{- $flags := list "audit" "--policy=/etc/plimsoll/policies" "--installed"
  (printf "--exception-max-days=%d" (int .Values.exceptionMaxDays)) }}
{{- with .Values.exceptionNamespaces }}
  {{- $flags = append $flags (printf "--exception-namespaces=%s" (join "," .)) }}
{{- end }}
{{- if .Values.audit.secrets }}{{ $flags = append $flags "--secrets" }}{{ end }}
{{- with int .Values.audit.history.limit }}
  {{- $flags = concat $flags (list "--history=/var/lib/plimsoll/audit" (printf "--history-limit=%d" .)) }}
{{- end }}
{{- range $flags }}
- {{ . | quote }}
{{- end }}
{{- end }}
