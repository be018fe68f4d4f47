//! What pods cannot start without: the `ConfigMaps` and Secrets that their templates refer to, by name and key.

use super::keys::KeySource;
use super::pod_fields::{Container, EnvVariable, PodSpec, Referred, Source, Volume};

/// The most that is kept of one object.
const LIMIT: usize = 128;

/// An object that pods need, or a key of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// What kind of object it is.
    pub source: KeySource,
    /// Its name.
    pub name: Box<str>,
    /// The key; none where it is the object as a whole.
    pub key: Option<Box<str>>,
}

/// All that pods need, each once; what is optional is not needed.
pub(super) fn needs(pod: &PodSpec) -> Box<[Need]> {
    let mut all = Vec::new();
    for container in pod.containers.iter().chain(&pod.init_containers) {
        of_container(container, &mut all);
    }
    for volume in &pod.volumes {
        of_volume(volume, &mut all);
    }
    all.sort_unstable();
    all.dedup();
    all.truncate(LIMIT);
    all.into()
}

fn of_container(container: &Container, all: &mut Vec<Need>) {
    for EnvVariable { value_from } in &container.env {
        add(KeySource::ConfigMap, &value_from.config_map_key_ref, all);
        add(KeySource::Secret, &value_from.secret_key_ref, all);
    }
    for Source { config_map_ref, secret_ref } in &container.env_from {
        add(KeySource::ConfigMap, config_map_ref, all);
        add(KeySource::Secret, secret_ref, all);
    }
}

fn of_volume(volume: &Volume, all: &mut Vec<Need>) {
    let sources = volume.projected.sources.iter().map(|of| (&of.config_map, &of.secret));
    for (config_map, secret) in sources.chain([(&volume.config_map, &volume.secret)]) {
        add(KeySource::ConfigMap, config_map, all);
        add(KeySource::Secret, secret, all);
    }
}

/// Adds what is referred to, by each key that is named.
fn add(source: KeySource, referred: &Referred, all: &mut Vec<Need>) {
    let Referred { name, secret_name, key, optional, items } = referred;
    let Some(name) = name.as_deref().or(secret_name.as_deref()).filter(|name| !name.is_empty())
    else {
        return;
    };
    if *optional == Some(true) {
        return;
    }
    let keys = key.iter().chain(items.iter().filter_map(|item| item.key.as_ref()));
    let mut keys = keys.map(|key| Some(key.as_str().into())).peekable();
    let whole = keys.peek().is_none().then_some(None);
    let need = |key| Need { source, name: name.into(), key };
    // Twice what is kept, as the same may be named again and again.
    let room = (2 * LIMIT).saturating_sub(all.len());
    all.extend(keys.chain(whole).map(need).take(room));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spec: &str) -> Vec<String> {
        let spec: PodSpec = serde_json::from_str(spec).expect("a pod");
        let shown = |need: &Need| {
            format!("{:?} {} {}", need.source, need.name, need.key.as_deref().unwrap_or("*"))
        };
        needs(&spec).iter().map(shown).collect()
    }

    #[test]
    fn pods_need_what_they_refer_to_unless_it_is_optional() {
        let spec = r#"{
            "containers": [{
                "env": [
                    {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "level"}}},
                    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    {"name": "C", "valueFrom": {"secretKeyRef": {"name": "db", "key": "old", "optional": true}}},
                    {"name": "D", "value": "text"}
                ],
                "envFrom": [{"configMapRef": {"name": "common"}}, {"secretRef": {"name": "more", "optional": true}}]
            }],
            "initContainers": [{"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "level"}}}]}],
            "volumes": [
                {"name": "a", "secret": {"secretName": "tls"}},
                {"name": "b", "configMap": {"name": "files", "items": [{"key": "x", "path": "x"}]}},
                {"name": "c", "projected": {"sources": [{"secret": {"name": "token"}}, {"configMap": {"name": "ca", "optional": true}}]}},
                {"name": "d", "emptyDir": {}}
            ]
        }"#;
        assert_eq!(
            of(spec),
            [
                "Secret db password",
                "Secret tls *",
                "Secret token *",
                "ConfigMap common *",
                "ConfigMap files x",
                "ConfigMap settings level",
            ]
        );
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let variables: Vec<String> = (0..5_000)
            .map(|n| {
                format!(r#"{{"valueFrom": {{"secretKeyRef": {{"name": "a", "key": "{n}"}}}}}}"#)
            })
            .collect();
        let spec = format!(r#"{{"containers": [{{"env": [{}]}}]}}"#, variables.join(","));
        assert_eq!(of(&spec).len(), LIMIT);
    }
}
