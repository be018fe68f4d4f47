//! What the values say about logs, requests, traces and profiles reaches the server.

use serde_json::json;

use crate::helm::Objects;

/// The flags of a render with these values.
fn flags(values: &str) -> Vec<String> {
    Objects::of(&["--set", values]).flags().into_iter().map(str::to_owned).collect()
}

/// Whether a flag is there.
fn has(values: &str, flag: &str) -> bool {
    flags(values).iter().any(|known| known == flag)
}

#[test]
fn the_log_has_the_form_of_the_values() {
    assert!(has("replicas=2", "--log-format=json"));
    assert!(has("logFormat=text", "--log-format=text"));
}

#[test]
fn the_api_server_is_asked_as_often_as_the_values_say() {
    assert!(has("replicas=2", "--api-qps=20") && has("replicas=2", "--api-burst=40"));
    assert!(has("apiServer.burst=100", "--api-burst=100"));
    // Helm takes a fraction of `--set` for a text.
    assert!(has("apiServer.qps=12.5", "--api-qps=12.5"));
    assert!(Objects::of(&["--set-json=apiServer.qps=12.5"]).flags().contains(&"--api-qps=12.5"));
    // A large number is not written with an exponent that the flag would not mean.
    assert!(has("apiServer.qps=10000", "--api-qps=10000"));
}

#[test]
fn spans_are_sent_where_the_values_say_and_the_network_lets_them_out() {
    assert!(flags("replicas=2").iter().all(|flag| !flag.starts_with("--otlp-endpoint")));
    for (endpoint, port) in [
        ("http://collector.observability:4318", 4318),
        ("http://collector/tenant:9", 80),
        ("http://[fd00::1]:4319/", 4319),
        ("http://[fd00::1]", 80),
    ] {
        let objects = Objects::of(&["--set", &format!("openTelemetry.endpoint={endpoint}")]);
        let flag = format!("--otlp-endpoint={endpoint}");
        assert!(objects.flags().contains(&&*flag), "{:?}", objects.flags());
        let egress = &objects.one("NetworkPolicy", "plimsoll")["spec"]["egress"];
        assert_eq!(egress[2], json!({"ports": [{"port": port, "protocol": "TCP"}]}), "{endpoint}");
    }
    assert!(Objects::of(&[]).one("NetworkPolicy", "plimsoll")["spec"]["egress"][2].is_null());
}

#[test]
fn profiles_are_taken_on_the_loopback_of_the_pod_alone_and_only_where_the_values_say() {
    let plain = Objects::of(&[]);
    assert!(plain.flags().iter().all(|flag| !flag.starts_with("--profile-listen")));
    let objects = Objects::of(&["--set=profiling.port=6060"]);
    assert!(objects.flags().contains(&"--profile-listen=127.0.0.1:6060"));
    // Neither a port of the Pod nor one of the Service, nor let in by the NetworkPolicy.
    let ports = |objects: &Objects| {
        [
            objects.pod()["containers"][0]["ports"].clone(),
            objects.one("Service", "plimsoll")["spec"]["ports"].clone(),
            objects.one("NetworkPolicy", "plimsoll")["spec"].clone(),
        ]
    };
    assert_eq!(ports(&plain), ports(&objects));
    // The image holds no folder for temporary files, and its file system is read-only.
    let pod = objects.pod();
    let mounts = pod["containers"][0]["volumeMounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| mount["mountPath"] == "/tmp").expect("a folder");
    let volumes = pod["volumes"].as_array().unwrap();
    let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).expect("a volume");
    assert_eq!(volume["emptyDir"], json!({"sizeLimit": "64Mi"}));
}
