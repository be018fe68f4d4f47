//! A container that refers to a Secret or key that is not there does not start.

use std::collections::HashSet;

use crate::inventory::{KeySource, Neighbour, Unseen};
use crate::path::FieldPath;
use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, Reach, Remedy, Rule,
    RuleDescription, Severity, Standard, Text,
};
use crate::subject::{ContainerRef, KeyToPath, List, Mapping, Pod, Pods, Str};
use crate::text::Quoted;

#[doc = include_str!("secret_references.md")]
pub(crate) struct SecretReferences;

impl Rule for SecretReferences {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("secret-references"),
        group: Text::Borrowed("secrets"),
        severity: Severity::High,
        checklist: Text::Borrowed("Every Secret, ConfigMap and key that a pod refers to exists."),
        rows: &["M14", "M28"],
        standards: &[Standard::NsaCisa("Secrets"), Standard::Cis("5.4.2")],
        page: Text::Borrowed(include_str!("secret_references.md")),
    };
    const NEEDS: &'static [Neighbour] = &[Neighbour::Secret, Neighbour::ConfigMap];

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        // Where a reference could stand, also where none does.
        for c in pod.containers() {
            found.visit(c.spec.env.len() + c.spec.env_from.len())?;
        }
        for volume in &pod.spec.volumes {
            found.visit(1 + volume.projected.as_ref().map_or(0, |p| p.sources.len()))?;
        }
        // One object that is not there is one thing to do, however often it is referred to.
        let mut said = HashSet::new();
        // What is not known of one kind keeps nobody from saying what is missing of another.
        let mut unseen = None;
        every_reference(pod, &mut |reference| {
            found.visit(1)?;
            if reference.optional || reference.name.is_empty() {
                return Ok(());
            }
            found.spend(reference.name.len())?;
            let finding = match reference.missing(cx) {
                Ok(Some(finding)) => finding,
                Ok(None) => return Ok(()),
                Err(kind) => {
                    unseen.get_or_insert(kind);
                    return Ok(());
                }
            };
            found.spend(WORDING)?;
            if said.insert((finding.message.clone(), finding.container.clone())) {
                let finding = if cx.is_write { finding.only_warns() } else { finding };
                found.add(finding, || reference.evidence())?;
            }
            Ok(())
        })?;
        unseen.map_or(Ok(()), |kind| Err(kind.into()))
    }
}

/// How many steps it takes to put what is missing into words.
const WORDING: usize = 1_000;

/// Whoever is told of each reference; references are not collected, as there may be as many as a
/// pod has elements.
type Each<'e, 's, 'a> = &'e mut dyn FnMut(Reference<'s, 'a>) -> Checked;

/// Goes over every reference of a pod.
fn every_reference<'s, 'a>(pod: &'s Pod<'s, 'a>, each: Each<'_, 's, 'a>) -> Checked {
    for c in pod.containers() {
        of_container(c, each)?;
    }
    of_volumes(pod, each)?;
    for (index, secret) in pod.spec.image_pull_secrets.iter().enumerate() {
        let place = ListElement {
            owner: Owner::Pod(pod),
            list: "imagePullSecrets",
            index,
            keys: &["name"],
        };
        each(Reference::new(KeySource::Secret, secret.name.as_ref(), None, place))?;
    }
    Ok(())
}

/// Whose reference it is.
#[derive(Clone, Copy)]
enum Owner<'s, 'a> {
    Container(ContainerRef<'s, 'a>),
    Volume(&'s Pod<'s, 'a>, &'s str),
    Pod(&'s Pod<'s, 'a>),
}

/// Where it stands: element `index` of the owner's `list`, then `keys`.
#[derive(Clone, Copy)]
struct ListElement<'s, 'a> {
    owner: Owner<'s, 'a>,
    list: &'static str,
    index: usize,
    keys: &'static [&'static str],
}

/// One mention of a Secret or `ConfigMap`, or of a key in one. Paths are made when one is missing.
#[derive(Clone, Copy)]
struct Reference<'s, 'a> {
    source: KeySource,
    name: &'s str,
    key: Option<&'s str>,
    optional: bool,
    place: ListElement<'s, 'a>,
    /// Element of `projected.sources`, and the key in it.
    projection: Option<(usize, &'static str)>,
    /// Element of `items`.
    item: Option<usize>,
}

impl<'s, 'a> Reference<'s, 'a> {
    fn new(
        source: KeySource,
        name: Option<&'s Str<'a>>,
        optional: Option<bool>,
        place: ListElement<'s, 'a>,
    ) -> Self {
        let name = name.map_or("", |name| name.as_str());
        let optional = optional == Some(true);
        Self { source, name, key: None, optional, place, projection: None, item: None }
    }

    fn missing(&self, cx: &Context<'_>) -> Result<Option<Finding>, Unseen> {
        let keys = cx.neighbours.keys(self.source, cx.namespace, self.name)?;
        if keys.is_some_and(|keys| self.key.is_none_or(|key| keys.may_hold(key))) {
            return Ok(None);
        }
        let kind = self.source.kind();
        let (who, name, at) = (self.who(), Quoted(self.name), self.at());
        let (message, advice) = match self.key.filter(|_| keys.is_some()) {
            None => (
                format!("{who} refers to {kind} {name}, which is not there"),
                format!("create {kind} {name}, or correct {at}"),
            ),
            Some(key) => {
                let key = Quoted(key);
                (
                    format!("{who} refers to key {key} of {kind} {name}, which is not in it"),
                    format!("add key {key} to {kind} {name}, or correct {at}"),
                )
            }
        };
        let remedy = Remedy::Advice(advice);
        Ok(Some(match self.place.owner {
            Owner::Container(c) => Finding::of(&c, at, message, remedy),
            Owner::Volume(..) | Owner::Pod(_) => Finding::new(at, message, remedy),
        }))
    }

    fn evidence(&self) -> Evidence {
        let what = [self.source.kind(), self.name, self.key.unwrap_or_default()];
        let reach = match self.place.owner {
            Owner::Container(c) => Reach::one(&c),
            Owner::Volume(pod, _) | Owner::Pod(pod) => Reach::pod(pod),
        };
        Evidence::new([Fact::new(reach, what)])
    }

    fn who(&self) -> String {
        match self.place.owner {
            Owner::Container(c) => c.to_string(),
            Owner::Volume(_, name) => format!("volume {}", Quoted(name)),
            Owner::Pod(_) => "the pod".to_owned(),
        }
    }

    fn at(&self) -> FieldPath {
        let list = match self.place.owner {
            Owner::Container(c) => c.at(&[self.place.list]),
            Owner::Volume(pod, _) | Owner::Pod(pod) => pod.at(&[self.place.list]),
        };
        let mut at = list.index(self.place.index).keys(self.place.keys);
        if let Some((index, key)) = self.projection {
            at = at.index(index).key(key);
        }
        match self.item {
            Some(index) => at.key("items").index(index).key("key"),
            None => at,
        }
    }
}

fn of_container<'s, 'a>(c: ContainerRef<'s, 'a>, each: Each<'_, 's, 'a>) -> Checked {
    let owner = Owner::Container(c);
    for (index, variable) in c.spec.env.iter().enumerate() {
        let Some(from) = &variable.value_from else { continue };
        let sources: [(_, _, &[&str]); 2] = [
            (KeySource::Secret, &from.secret_key_ref, &["valueFrom", "secretKeyRef"]),
            (KeySource::ConfigMap, &from.config_map_key_ref, &["valueFrom", "configMapKeyRef"]),
        ];
        for (source, selector, keys) in sources {
            if let Some(s) = selector {
                let place = ListElement { owner, list: "env", index, keys };
                let mut reference = Reference::new(source, s.name.as_ref(), s.optional, place);
                reference.key = s.key.as_deref();
                each(reference)?;
            }
        }
    }
    for (index, from) in c.spec.env_from.iter().enumerate() {
        let sources: [(_, _, &[&str]); 2] = [
            (KeySource::Secret, &from.secret_ref, &["secretRef"]),
            (KeySource::ConfigMap, &from.config_map_ref, &["configMapRef"]),
        ];
        for (source, object, keys) in sources {
            if let Some(o) = object {
                let place = ListElement { owner, list: "envFrom", index, keys };
                each(Reference::new(source, o.name.as_ref(), o.optional, place))?;
            }
        }
    }
    Ok(())
}

fn of_volumes<'s, 'a>(pod: &'s Pod<'s, 'a>, each: Each<'_, 's, 'a>) -> Checked {
    for (index, volume) in pod.spec.volumes.iter().enumerate() {
        let owner = Owner::Volume(pod, volume.name.as_deref().unwrap_or_default());
        let place = |keys| ListElement { owner, list: "volumes", index, keys };
        if let Some(s) = &volume.secret {
            let named = Reference::new(
                KeySource::Secret,
                s.secret_name.as_ref(),
                s.optional,
                place(&["secret"]),
            );
            with_items(named, &s.items, each)?;
        }
        if let Some(m) = &volume.config_map {
            let named = Reference::new(
                KeySource::ConfigMap,
                m.name.as_ref(),
                m.optional,
                place(&["configMap"]),
            );
            with_items(named, &m.items, each)?;
        }
        if let Some(secret) = volume.csi.as_ref().and_then(|c| c.node_publish_secret_ref.as_ref()) {
            let place = place(&["csi", "nodePublishSecretRef", "name"]);
            each(Reference::new(KeySource::Secret, secret.name.as_ref(), None, place))?;
        }
        let projections = volume.projected.iter().flat_map(|p| p.sources.iter()).enumerate();
        for (position, projection) in projections {
            let sources = [
                (KeySource::Secret, &projection.secret, "secret"),
                (KeySource::ConfigMap, &projection.config_map, "configMap"),
            ];
            for (source, object, key) in sources {
                if let Some(o) = object {
                    let place = place(&["projected", "sources"]);
                    let mut named = Reference::new(source, o.name.as_ref(), o.optional, place);
                    named.projection = Some((position, key));
                    with_items(named, &o.items, each)?;
                }
            }
        }
    }
    Ok(())
}

/// The object itself, or each key that is picked from it.
fn with_items<'s, 'a>(
    named: Reference<'s, 'a>,
    items: &'s List<Mapping<KeyToPath<'a>>>,
    each: Each<'_, 's, 'a>,
) -> Checked {
    if items.is_empty() {
        each(named)?;
    }
    for (index, item) in items.iter().enumerate() {
        each(Reference { item: Some(index), key: item.key.as_deref(), ..named })?;
    }
    Ok(())
}
