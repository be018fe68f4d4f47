//! Every combination of values that matters: each choice at least once, and those that meet.

/// A name, and the arguments of Helm for it.
pub struct Set {
    /// What it is about.
    pub name: &'static str,
    /// The arguments.
    pub arguments: &'static [&'static str],
    /// Whether its objects are all of Kubernetes itself.
    pub is_plain: bool,
    /// Whether it chooses what the product's own policy refuses.
    pub is_fit: bool,
}

const fn fit(name: &'static str, arguments: &'static [&'static str]) -> Set {
    Set { name, arguments, is_plain: true, is_fit: true }
}

const fn unfit(name: &'static str, arguments: &'static [&'static str]) -> Set {
    Set { name, arguments, is_plain: true, is_fit: false }
}

const fn added(name: &'static str, arguments: &'static [&'static str]) -> Set {
    Set { name, arguments, is_plain: false, is_fit: true }
}

/// An authority to be trusted.
pub const CA: &str =
    "certificates.caBundle=-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// What makes Helm think that the cluster has the operator of Prometheus.
const MONITORING: &[&str] = &[
    "--api-versions=monitoring.coreos.com/v1/ServiceMonitor",
    "--api-versions=monitoring.coreos.com/v1/PrometheusRule",
    "--set-json=serviceMonitor.labels={\"release\":\"prometheus\"}",
    "--set-json=serviceMonitor.relabelings=[{\"action\":\"labeldrop\",\"regex\":\"pod\"}]",
    "--set-json=prometheusRule.labels={\"release\":\"prometheus\"}",
];

const POLICY: &str = r#"--set-json=policies=["baseline",{"apiVersion":"plimsoll.dev/v1alpha1","kind":"DeployPolicy",
"metadata":{"name":"own"},"spec":{"rules":{"replicas":{"min":1000}}}}]"#;

/// All of them.
pub const SETS: &[Set] = &[
    fit("defaults", &[]),
    fit("enforced", &["--set=enforcement=deny,failurePolicy=Fail,replicas=3"]),
    fit("audit", &["--set=enforcement=audit,logLevel=info\\,plimsoll::decision=off"]),
    fit("all built-in policies", &["--set=policies={production,baseline,restricted}"]),
    fit("a policy of one's own", &["--set-json=policies=[\"restricted\"]", POLICY]),
    unfit("one replica", &["--set=replicas=1,failurePolicy=Fail,failWithoutReplicas=true"]),
    fit(
        "exceptions of one's own",
        &["--set=exceptionNamespaces={shop,platform-*},exceptionMaxDays=30"],
    ),
    fit("the names of Secrets' keys", &["--set=secretKeys=true"]),
    fit("autoscaled", &["--set=hpa.enabled=true,hpa.minReplicas=3"]),
    fit("scaled to one", &["--set=hpa.enabled=true,hpa.minReplicas=1"]),
    fit(
        "a digest and a registry",
        &[
            "--set=image.digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "--set=global.imageRegistry=registry.example:5000/mirror",
            "--set=imagePullSecrets[0].name=one,global.imagePullSecrets[0].name=two",
        ],
    ),
    unfit(
        "the network of the nodes",
        &[
            "--set=hostNetwork=true,ports.webhook=10443,ports.admin=10081",
            "--set=networkPolicy.enabled=false",
        ],
    ),
    fit(
        "a registration with everything",
        &[
            "--set=webhook.timeoutSeconds=3,excludeNamespaces={calico-system,rook-ceph}",
            "--set-json=webhook.namespaceSelector={\"matchLabels\":{\"team\":\"shop\"}}",
            "--set-json=webhook.objectSelector={\"matchLabels\":{\"tier\":\"web\"}}",
            "--set-json=webhook.matchConditions=[{\"name\":\"not-argo\",\"expression\":\"request.userInfo.username != 'argo'\"}]",
            "--set-json=webhook.annotations={\"admissions.enforcer/disabled\":\"true\"}",
            "--set-json=webhook.extraRules=[{\"apiGroups\":[\"argoproj.io\"],\"apiVersions\":[\"*\"],\"operations\":[\"CREATE\",\"UPDATE\"],\"resources\":[\"rollouts\"]}]",
        ],
    ),
    fit(
        "an existing certificate",
        &["--set=certificates.mode=existingSecret,certificates.secretName=my-tls"],
    ),
    fit(
        "registered by the chart",
        &[
            "--set=registration.mode=chart,certificates.mode=existingSecret,failurePolicy=Fail",
            "--set=excludeNamespaces={cilium}",
            "--set-json=webhook.namespaceSelector={\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}",
            "--set-json=webhook.objectSelector={\"matchLabels\":{\"tier\":\"web\"}}",
            "--set-json=webhook.matchConditions=[{\"name\":\"not-argo\",\"expression\":\"request.userInfo.username != 'argo'\"}]",
            "--set-json=webhook.extraRules=[{\"apiGroups\":[\"argoproj.io\"],\"apiVersions\":[\"*\"],\"operations\":[\"CREATE\",\"UPDATE\"],\"resources\":[\"rollouts\"]}]",
            "--set",
            CA,
        ],
    ),
    fit(
        "days of one's own",
        &["--set=certificates.certificateDays=30,certificates.authorityDays=365"],
    ),
    fit(
        "without what others make",
        &[
            "--set=serviceAccount.create=false,serviceAccount.name=robot,rbac.create=false",
            "--set=pdb.enabled=false,networkPolicy.enabled=false,hooks.uninstall=false",
            "--set=resourceQuota.enabled=false,priorityClassName=high",
        ],
    ),
    fit(
        "a narrow network",
        &[
            "--set=apiServer.cidr=10.0.0.1/32,apiServer.ports={6443}",
            "--set-json=networkPolicy.webhookFrom=[{\"ipBlock\":{\"cidr\":\"10.0.0.0/24\"}}]",
            "--set-json=networkPolicy.metricsFrom=[{\"namespaceSelector\":{}}]",
            "--set-json=networkPolicy.extraEgress=[{\"ports\":[{\"port\":3128}]}]",
        ],
    ),
    fit(
        "a Pod of one's own",
        &[
            "--set=podSecurityContext.runAsUser=70000,leaveSeconds=20,terminationGracePeriodSeconds=40",
            "--set=extraArgs={--max-connections=100},extraEnv[0].name=NO_PROXY,extraEnv[0].value=10.0.0.0/8",
            "--set-json=tolerations=[{\"operator\":\"Exists\"}]",
            "--set-json=affinity={\"podAntiAffinity\":null}",
            "--set=nodeSelector.pool=system,resources.limits.memory=512Mi",
        ],
    ),
    unfit(
        "replicas that nothing keeps apart",
        &[
            "--set-json=topologySpreadConstraints=[]",
            "--set-json=affinity={\"podAntiAffinity\":null}",
        ],
    ),
    fit(
        "watched closely",
        &[
            "--set=logFormat=text,apiServer.burst=100,profiling.port=6060",
            "--set-json=apiServer.qps=12.5",
            "--set=openTelemetry.endpoint=http://collector.observability:4318",
        ],
    ),
    fit(
        "labels and annotations",
        &[
            "--set=commonLabels.team=platform,podLabels.mesh=off,deploymentLabels.tier=control",
            "--set=podAnnotations.a=b,deploymentAnnotations.c=d,service.annotations.e=f",
            "--set=serviceAccount.annotations.g=h,dashboard.enabled=true,dashboard.annotations.folder=k",
            "--set-json=rbac.extraRules=[{\"apiGroups\":[\"\"],\"resources\":[\"nodes\"],\"verbs\":[\"get\"]}]",
        ],
    ),
    fit("audited", &["--set=audit.enabled=true"]),
    fit(
        "audited closely",
        &[
            "--set=audit.enabled=true,audit.secrets=true,audit.timeZone=Europe/Berlin",
            "--set=audit.schedule=@weekly,audit.history.limit=7,audit.history.existingClaim=mine",
            "--set=exceptionNamespaces={shop,platform-*},exceptionMaxDays=30",
            "--set-json=audit.extraRules=[{\"apiGroups\":[\"argoproj.io\"],\"resources\":[\"rollouts\"],\"verbs\":[\"list\"]}]",
        ],
    ),
    fit(
        "audited on a volume of a class",
        &["--set=audit.enabled=true,audit.history.size=5Gi,audit.history.storageClassName=slow"],
    ),
    fit(
        "audited without a history",
        &[
            "--set=audit.enabled=true,audit.history.limit=0,rbac.create=false",
            "--set-json=tolerations=[{\"operator\":\"Exists\"}]",
            "--set=extraEnv[0].name=NO_PROXY,extraEnv[0].value=10.0.0.0/8",
            "--set=imagePullSecrets[0].name=one,commonLabels.team=platform",
        ],
    ),
    added("cert-manager", &["--set=certificates.mode=certManager,certificates.certificateDays=60"]),
    added(
        "an issuer of cert-manager, registered by the chart",
        &[
            "--set=registration.mode=chart,certificates.mode=certManager",
            "--set=certificates.issuerRef.name=corporate,certificates.issuerRef.kind=ClusterIssuer",
        ],
    ),
    added("monitored", MONITORING),
];
