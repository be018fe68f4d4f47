//! The view cannot drift from the API: every field it reads is held against k8s-openapi's structs.

use std::collections::BTreeSet;

use k8s_openapi::Resource;
use k8s_openapi::api::apps::v1::{
    ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet,
};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, EphemeralContainer, Namespace, PersistentVolumeClaim, Pod, PodTemplate,
    PodTemplateSpec, ReplicationController, Secret, Service, Volume,
};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use plimsoll::subject::{self, BUILT_IN, Kind, ObjectSeed};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::{Value, json};
use support::probe::{Probe, Wanted};

/// Fields of the Pod API of Kubernetes 1.37 that no rule of today has to read, and why.
///
/// Init and ephemeral containers stand with the main ones, and the three probes, and the two hooks,
/// with one another.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        ".metadata",
        "creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName \
         generation managedFields name namespace ownerReferences resourceVersion selfLink uid",
        "bookkeeping: none of it changes what runs, and none of it buys an exemption",
    ),
    (
        ".spec",
        "evictionResponders nodeName overhead preemptionPolicy priority \
         readinessGates resourceClaims schedulerName schedulingGates schedulingGroup",
        "where and when it runs: no rule of today is about that",
    ),
    (".spec.affinity", "nodeAffinity podAffinity", "where it is drawn to, which spreads nothing"),
    (
        ".spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[]",
        "labelSelector matchLabelKeys mismatchLabelKeys namespaceSelector namespaces",
        "from which pods it is away: that it is away from some is what is asked for",
    ),
    (
        ".spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[]",
        "weight",
        "how much it is preferred: that it is at all is what is asked for",
    ),
    (
        ".spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm",
        "labelSelector matchLabelKeys mismatchLabelKeys namespaceSelector namespaces",
        "from which pods it is away: that it is away from some is what is asked for",
    ),
    (
        ".spec.topologySpreadConstraints[]",
        "labelSelector matchLabelKeys maxSkew minDomains nodeAffinityPolicy nodeTaintsPolicy \
         whenUnsatisfiable",
        "how evenly, and how strictly: that pods are spread at all is what is asked for",
    ),
    (
        ".spec",
        "dnsConfig dnsPolicy enableServiceLinks hostAliases hostname hostnameOverride \
         setHostnameAsFQDN subdomain",
        "names: upstream's Pod Security allows them all",
    ),
    (".spec", "runtimeClassName shareProcessNamespace", "upstream's Pod Security allows them"),
    (
        ".spec.containers[].env[].valueFrom",
        "fileKeyRef resourceFieldRef",
        "values of a file in the pod, and numbers: neither a literal nor another object",
    ),
    (
        ".spec.containers[].env[].valueFrom.fieldRef",
        "apiVersion",
        "there is only `v1`, in which the path is written",
    ),
    (".spec.containers[].hook", "sleep", "no connection that the kubelet would make"),
    (".spec.containers[].lifecycle", "stopSignal", "how it is stopped: no rule is about that"),
    (
        ".spec.containers[]",
        "resizePolicy stdinOnce targetContainerName terminationMessagePath \
         terminationMessagePolicy workingDir",
        "none of them grants anything that upstream's Pod Security would refuse",
    ),
    (
        ".spec.containers[]",
        "restartPolicyRules",
        "restarts after some exit codes: such a container ends with any other, so it is not lasting",
    ),
    (
        ".spec.containers[]",
        "volumeDevices",
        "only of claims, which lead to no node and no bare storage server",
    ),
    (
        ".spec.containers[].probe",
        "initialDelaySeconds successThreshold terminationGracePeriodSeconds timeoutSeconds",
        "no host in any of them; that there is a probe is what is asked for",
    ),
    (".spec.containers[].resources", "claims", "devices by name, of which nothing is demanded"),
    (".spec.resources", "claims", "devices by name, of which nothing is demanded"),
    (
        ".spec.containers[].securityContext.appArmorProfile",
        "localhostProfile",
        "upstream allows any profile of the node, by whatever name",
    ),
    (
        ".spec.containers[].securityContext.seccompProfile",
        "localhostProfile",
        "upstream allows any profile of the node, by whatever name",
    ),
    (
        ".spec.securityContext.appArmorProfile",
        "localhostProfile",
        "upstream allows any profile of the node, by whatever name",
    ),
    (
        ".spec.securityContext.seccompProfile",
        "localhostProfile",
        "upstream allows any profile of the node, by whatever name",
    ),
    (
        ".spec.securityContext",
        "fsGroupChangePolicy seLinuxChangePolicy supplementalGroupsPolicy",
        "when files and labels are changed, and whether the image adds groups: no groups of its own",
    ),
    (
        ".spec.tolerations[]",
        "operator tolerationSeconds value",
        "of the taints of a control plane there is one value, and no key is every key",
    ),
    (".spec.containers[].securityContext.seLinuxOptions", "level", "upstream allows any level"),
    (".spec.securityContext.seLinuxOptions", "level", "upstream allows any level"),
    (
        ".spec.containers[].securityContext.windowsOptions",
        "gmsaCredentialSpec gmsaCredentialSpecName runAsUserName",
        "upstream judges nothing of a Windows container but that it is no process of the host",
    ),
    (
        ".spec.securityContext.windowsOptions",
        "gmsaCredentialSpec gmsaCredentialSpecName runAsUserName",
        "upstream judges nothing of a Windows container but that it is no process of the host",
    ),
    (
        ".spec.volumes[]",
        "awsElasticBlockStore azureDisk azureFile cephfs cinder fc flexVolume flocker \
         gcePersistentDisk gitRepo glusterfs iscsi nfs photonPersistentDisk portworxVolume quobyte \
         rbd scaleIO storageos vsphereVolume",
        "kept as they are written (`Volume::foreign`): refused by their kind, whatever is in them",
    ),
    (
        ".spec.volumes[]",
        "downwardAPI ephemeral persistentVolumeClaim",
        "allowed by their kind, and they refer to nothing that a rule of today looks for",
    ),
    (".spec.volumes[].csi", "driver fsType readOnly volumeAttributes", "the driver's own business"),
    (".spec.volumes[].configMap", "defaultMode defaultUser", "whose files they are"),
    (".spec.volumes[].secret", "defaultMode defaultUser", "whose files they are"),
    (".spec.volumes[].projected", "defaultMode defaultUser", "whose files they are"),
    (".spec.volumes[].configMap.items[]", "mode path user", "where in the volume, and whose"),
    (".spec.volumes[].secret.items[]", "mode path user", "where in the volume, and whose"),
    (
        ".spec.volumes[].projected.sources[].configMap.items[]",
        "mode path user",
        "where in the volume, and whose",
    ),
    (
        ".spec.volumes[].projected.sources[].secret.items[]",
        "mode path user",
        "where in the volume, and whose",
    ),
    (
        ".spec.volumes[].projected.sources[]",
        "clusterTrustBundle downwardAPI podCertificate",
        "made by the cluster: neither a Secret nor a ConfigMap that could be missing",
    ),
    (
        ".spec.volumes[].projected.sources[].serviceAccountToken",
        "expirationSeconds path user",
        "how long it is good, and where it is: whose it is and who takes it is what counts",
    ),
    (".spec.volumes[].emptyDir", "mode", "who may do what there, not how much"),
];

/// A path with the lists of containers, the probes and the hooks as one.
fn alike(path: &str) -> String {
    let mut path = path.to_owned();
    for (one, all) in [
        ("initContainers", "containers"),
        ("ephemeralContainers", "containers"),
        ("livenessProbe", "probe"),
        ("readinessProbe", "probe"),
        ("startupProbe", "probe"),
        ("lifecycle.postStart", "hook"),
        ("lifecycle.preStop", "hook"),
    ] {
        path = path.replace(one, all);
    }
    path
}

fn wanted_of(read: impl Fn(Probe)) -> Vec<(String, &'static str)> {
    let wanted = Wanted::default();
    for volume_source in
        ["secret", "configMap", "projected", "csi", "hostPath", "image", "emptyDir"]
    {
        read(Probe { path: String::new(), wanted: wanted.clone(), volume_source });
    }
    let mut wanted = wanted.borrow().clone();
    wanted.sort();
    wanted.dedup();
    wanted
}

fn schema<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

/// Follows references and steps over `null`.
fn resolved<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        return resolved(root.pointer(pointer).expect("a definition"), root);
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        if let Some(options) = schema[list].as_array() {
            let other = options.iter().find(|o| o["type"] != "null").expect("something but null");
            return resolved(other, root);
        }
    }
    schema
}

/// The schema at a probe's path.
fn at<'s>(path: &str, root: &'s Value) -> &'s Value {
    let mut here = resolved(root, root);
    let steps = path.replace("[]", ".[]").replace("{}", ".{}");
    for step in steps.split('.').filter(|s| !s.is_empty()) {
        let next = match step {
            "[]" => &here["items"],
            "{}" => &here["additionalProperties"],
            field => &here["properties"][field],
        };
        assert!(!next.is_null(), "the API has no `{step}` in `{path}`");
        here = resolved(next, root);
    }
    here
}

fn assert_drawn_from(wanted: &[(String, &str)], root: &Value) {
    for (path, kind) in wanted {
        let schema = at(path, root);
        let is = |name: &str| schema["type"] == name || schema["type"] == json!([name, "null"]);
        let fits = match *kind {
            "boolean" => is("boolean"),
            "string" => is("string"),
            "int32" => is("integer") && schema["format"] == "int32",
            "int64" => is("integer") && schema["format"] == "int64",
            "quantity" => schema.to_string().contains("string"),
            "as written" => true,
            other => panic!("{other}"),
        };
        assert!(fits, "`{path}` is read as {kind}, the API has {schema}");
    }
}

#[test]
fn every_field_of_the_pod_view_is_a_field_of_the_api_with_its_type() {
    let wanted = wanted_of(|probe| {
        subject::PodTemplateSpec::deserialize(probe).expect("the probe gives everything");
    });
    assert!(wanted.len() > 150, "the probe went through the view: {}", wanted.len());
    assert_drawn_from(&wanted, &schema::<PodTemplateSpec>());
}

/// The fields of the API beside those that are read, in every struct of which something is read.
fn unread(wanted: &[(String, &str)], root: &Value) -> BTreeSet<String> {
    let read: BTreeSet<&str> = wanted.iter().map(|(path, _)| path.as_str()).collect();
    let is_read = |path: &str| {
        let below = |found: &&str| {
            let rest = found.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
        };
        read.iter().any(below)
    };
    let mut structs = BTreeSet::from([String::new()]);
    for path in &read {
        structs.extend(path.match_indices('.').map(|(at, _)| path[..at].to_owned()));
    }
    let mut left = BTreeSet::new();
    for path in structs {
        let fields = at(&path, root)["properties"].as_object().into_iter().flatten();
        let fields = fields.map(|(field, _)| format!("{path}.{field}"));
        left.extend(fields.filter(|field| !is_read(field)).map(|field| alike(&field)));
    }
    left
}

#[test]
fn f122_every_field_of_the_pod_api_is_read_or_left_out_for_a_reason() {
    let wanted = wanted_of(|probe| {
        subject::PodTemplateSpec::deserialize(probe).expect("the probe gives everything");
    });
    let left = unread(&wanted, &schema::<PodTemplateSpec>());
    let named: BTreeSet<String> = LEFT_OUT
        .iter()
        .flat_map(|(path, fields, _)| fields.split_whitespace().map(move |f| format!("{path}.{f}")))
        .collect();
    let new: Vec<_> = left.difference(&named).collect();
    let gone: Vec<_> = named.difference(&left).collect();
    assert!(new.is_empty(), "neither read nor left out for a reason: {new:#?}");
    assert!(gone.is_empty(), "left out, and read or not there: {gone:#?}");
    assert!(LEFT_OUT.iter().all(|(.., reason)| reason.len() > 15));
}

#[test]
fn every_field_of_a_container_view_is_a_field_of_ephemeral_containers_too() {
    let wanted = wanted_of(|probe| {
        subject::Container::deserialize(probe).expect("the probe gives everything");
    });
    // The API has no restart policy for ephemeral containers that would make them sidecars.
    assert_drawn_from(&wanted, &schema::<EphemeralContainer>());
}

#[test]
fn every_field_of_the_metadata_view_is_a_field_of_the_api_with_its_type() {
    let wanted = wanted_of(|probe| {
        subject::ObjectMeta::deserialize(probe).expect("the probe gives everything");
    });
    assert_drawn_from(&wanted, &schema::<ObjectMeta>());
}

#[test]
fn every_allowed_volume_kind_is_one_of_the_api() {
    let root = schema::<Volume>();
    let page = &plimsoll::rules::catalog::find("volume-types").expect("a rule").page;
    for kind in [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ] {
        at(kind, &root);
        assert!(page.contains(kind), "the page names {kind}");
    }
}

/// Every field that is read of objects of a kind, and its type.
pub fn fields_of(kind: &Kind) -> Vec<(String, &'static str)> {
    wanted_of(|probe| {
        let reader = ObjectSeed::of(kind).expect("one pass");
        reader.deserialize(probe).expect("the probe gives everything");
    })
}

/// Every field that is read of an object of the API's kind `T` stands in the API with its type.
fn assert_kind<T: Resource + JsonSchema>() {
    let known = BUILT_IN.iter().find(|k| k.kind == T::KIND && k.group == T::GROUP);
    let known = known.unwrap_or_else(|| panic!("{} is in no table", T::KIND));
    assert_eq!(known.resource, T::URL_PATH_SEGMENT);
    let wanted = fields_of(known);
    // Of every object: version, kind, and five fields of its metadata.
    assert!(wanted.len() >= 7, "{}: {wanted:?}", T::KIND);
    assert_drawn_from(&wanted, &schema::<T>());
    // An update that leaves all of this as it was changes nothing that is judged.
    let body = wanted.iter().map(|(path, _)| path.as_str());
    let is_common =
        |path: &str| [".apiVersion", ".kind"].contains(&path) || path.starts_with(".metadata");
    for path in body.filter(|path| !is_common(path)) {
        let keys: Vec<&str> = path[1..].split(['.', '[', '{']).collect();
        let is_covered =
            subject::judged_paths(known, false).iter().any(|judged| keys.starts_with(judged));
        assert!(is_covered, "a change of `{path}` of a {} would not be noticed", T::KIND);
    }
    let templates: Vec<String> = known.templates().iter().map(ToString::to_string).collect();
    for template in templates {
        let spec = if template.is_empty() { "spec".to_owned() } else { format!("{template}.spec") };
        let image = format!(".{spec}.containers[].image");
        assert!(wanted.iter().any(|(path, _)| *path == image), "{} reads no `{image}`", T::KIND);
    }
}

#[test]
fn every_field_that_is_read_of_every_kind_is_one_of_the_api_with_its_type() {
    assert_kind::<Pod>();
    assert_kind::<Deployment>();
    assert_kind::<ReplicaSet>();
    assert_kind::<StatefulSet>();
    assert_kind::<DaemonSet>();
    assert_kind::<ReplicationController>();
    assert_kind::<Job>();
    assert_kind::<CronJob>();
    assert_kind::<PodTemplate>();
    assert_kind::<Service>();
    assert_kind::<Ingress>();
    assert_kind::<Role>();
    assert_kind::<ClusterRole>();
    assert_kind::<RoleBinding>();
    assert_kind::<ClusterRoleBinding>();
    assert_kind::<ControllerRevision>();
    assert_kind::<Namespace>();
    assert_kind::<Secret>();
    assert_kind::<ConfigMap>();
    assert_kind::<PodDisruptionBudget>();
    assert_kind::<HorizontalPodAutoscaler>();
    assert_kind::<PersistentVolumeClaim>();
    assert_kind::<NetworkPolicy>();
    // No crate has the types of the others.
    let here = BUILT_IN.iter().filter(|kind| kind.is_everywhere());
    assert_eq!(here.count(), 23, "a kind without a line here");
}

#[test]
fn of_each_kind_its_own_fields_are_read() {
    for (kind, fields) in [
        (
            "Deployment",
            "replicas strategy.type strategy.rollingUpdate.maxUnavailable minReadySeconds \
             progressDeadlineSeconds revisionHistoryLimit",
        ),
        (
            "StatefulSet",
            "replicas updateStrategy.type serviceName minReadySeconds revisionHistoryLimit",
        ),
        ("DaemonSet", "updateStrategy.rollingUpdate.maxUnavailable revisionHistoryLimit"),
        ("Job", "activeDeadlineSeconds ttlSecondsAfterFinished backoffLimit"),
        (
            "CronJob",
            "schedule concurrencyPolicy startingDeadlineSeconds successfulJobsHistoryLimit \
             failedJobsHistoryLimit jobTemplate.spec.backoffLimit",
        ),
        ("Service", "type externalIPs[] loadBalancerSourceRanges[]"),
        ("Ingress", "ingressClassName tls[].hosts[] rules[].host rules[].http.paths[].path"),
    ] {
        let known = BUILT_IN.iter().find(|known| known.kind == kind).expect(kind);
        let wanted = fields_of(known);
        for field in fields.split_whitespace() {
            let path = format!(".spec.{field}");
            assert!(wanted.iter().any(|(found, _)| *found == path), "{kind}: no `{path}`");
        }
    }
}
