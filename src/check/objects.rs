//! From the text of a file to the objects that `kubectl` would send for it.

use crate::report::ReviewProblem;
use crate::subject::BUILT_IN;
use crate::yaml::{self, Node, Place, Value};

/// Where and why a document or an item is not read.
pub type Unread = (Place, ReviewProblem);

/// A document, or an item of a list.
#[derive(Debug)]
pub struct Object {
    /// What is written, and where.
    pub node: Node,
    /// Whether it is to be reviewed; as it is read, nobody has looked at that yet.
    pub(super) is_to_review: bool,
    is_item: bool,
}

impl Object {
    fn new(node: Node, is_item: bool) -> Self {
        Self { node, is_to_review: false, is_item }
    }
}

impl Object {
    /// Whether this may be something else than an object of Kubernetes: a folder holds other YAML
    /// too, such as values, kustomizations and pipelines.
    ///
    /// What was to be one and lacks a part is none of these: an empty `kind`, a workload without
    /// its `apiVersion`, an `apiVersion` of workloads alone. `kubectl` refuses it.
    pub fn may_be_foreign(&self) -> bool {
        let (version, kind) = (self.node.get("apiVersion"), self.node.get("kind"));
        let lacks_no_part = match (version, kind) {
            (None, None) => true,
            (Some(_), None) => filled(&self.node, "apiVersion").is_some_and(|version| {
                let group = version.split_once('/').map_or("", |(group, _)| group);
                group.is_empty() || BUILT_IN.iter().all(|known| known.group != group)
            }),
            (None, Some(_)) => filled(&self.node, "kind").is_some_and(|kind| {
                BUILT_IN.iter().all(|known| !kind.eq_ignore_ascii_case(&known.kind))
            }),
            (Some(_), Some(_)) => false,
        };
        lacks_no_part && !self.is_item
    }
}

/// The objects of a text in the order written, each or why it cannot be read.
pub fn of_text(text: &str) -> Vec<Result<Object, Unread>> {
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        match document {
            Ok(node) => unfold(Object::new(node, false), &mut objects),
            Err(yaml::Error { problem, place }) => {
                objects.push(Err((place, ReviewProblem::Yaml(problem))));
            }
        }
    }
    objects
}

/// The text of a field, where it is text and not empty.
pub(super) fn filled<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// An object itself, or its items, as `kubectl` takes any object with `items` for a list of them.
///
/// An item with neither kind nor version gets the list's, as `UnstructuredList` has it: the kind of
/// the list without `List` at its end, whatever it is.
fn unfold(object: Object, objects: &mut Vec<Result<Object, Unread>>) {
    let kind = filled(&object.node, "kind").map(str::to_owned);
    let (Some(items), Some(kind)) = (object.node.entry("items"), kind) else {
        objects.push(Ok(object));
        return;
    };
    let version = filled(&object.node, "apiVersion").unwrap_or_default().to_owned();
    let place = items.key_place.clone();
    let Value::Mapping(entries) = object.node.value else { return };
    let items = entries.into_iter().find(|entry| entry.key == "items").map(|e| e.value.value);
    let nodes = match items {
        Some(Value::Sequence(nodes)) => nodes,
        Some(Value::Null) | None => Vec::new(),
        Some(_) => return objects.push(Err((place, ReviewProblem::ItemsNotAList))),
    };
    for mut node in nodes {
        if filled(&node, "kind").is_none() && filled(&node, "apiVersion").is_none() {
            node.put_text("kind", kind.strip_suffix("List").unwrap_or(&kind));
            node.put_text("apiVersion", &version);
        }
        unfold(Object::new(node, true), objects);
    }
}

/// What to say of a file that `kubectl kustomize` reads and that makes other objects than it holds.
pub(super) fn note_of_kustomization(file: &str) -> Option<String> {
    let (folder, name) = file.rsplit_once('/').unwrap_or((".", file));
    matches!(name, "kustomization.yaml" | "kustomization.yml").then(|| {
        format!(
            "`{file}` is a kustomization: check what it makes, with `kubectl kustomize {folder} | plimsoll check -`"
        )
    })
}
