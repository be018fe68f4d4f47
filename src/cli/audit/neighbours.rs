//! What stands around what runs: the labels of namespaces, and what rules ask for besides.

use super::error::AuditError;
use super::progress::Progress;
use crate::audit::{Book, Failure, NotLookedAt, Scope};
use crate::cluster::listing::{Reader, Sink, Unanswered, Which};
use crate::cluster::namespaces;
use crate::inventory::{
    Inventory, KeySource, MapData, Neighbour, NeighbourKind, Sight, Trimmed, Values,
};
use crate::policy::Snapshot;
use crate::subject::Identity;

/// Where neighbours are looked for.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) reader: &'a Reader,
    pub(super) scope: &'a Scope,
    /// Whether Secrets are read, of which the names of keys are kept.
    pub(super) has_secrets: bool,
    pub(super) progress: &'a Progress,
}

/// The names of namespaces, or none for all of them.
pub(super) fn places(scope: &Scope) -> Vec<Option<&str>> {
    match scope.namespaces.as_slice() {
        [] => vec![None],
        names => names.iter().map(|name| Some(name.as_str())).collect(),
    }
}

impl Around<'_> {
    /// The same snapshot, with all neighbours that its rules ask for and that may be read.
    pub(super) async fn known(
        self,
        snapshot: Snapshot,
        book: &mut Book,
    ) -> Result<Snapshot, AuditError> {
        let mut inventory = snapshot.inventory().clone();
        self.namespaces(&mut inventory, book).await?;
        let needs = snapshot.needs();
        for kind in NeighbourKind::all() {
            if !needs.iter().any(|needed| kind.tells_of(*needed)) {
                continue;
            }
            if kind.fills != Neighbour::Secret || self.has_secrets {
                self.neighbours(kind, &mut inventory, book).await;
            }
        }
        if needs.contains(&Neighbour::ConfigMapValue)
            && let Some(kind) = NeighbourKind::find("", "ConfigMap")
        {
            let mut values = Values::default();
            let mut note = |json: &[u8]| {
                if let Ok(data) = serde_json::from_slice::<MapData>(json) {
                    values.apply(&data);
                }
            };
            let sight = self.each(kind, &mut note, book).await;
            let sight = if values.is_full() { Sight::NotLookedAt } else { sight };
            inventory.replace_values(values);
            inventory.see_values(KeySource::ConfigMap, sight);
        }
        Ok(snapshot.with_inventory(inventory))
    }

    /// One whose labels are not known is bound by every policy that may bind it (F-40).
    async fn namespaces(
        self,
        inventory: &mut Inventory,
        book: &mut Book,
    ) -> Result<(), AuditError> {
        for name in places(self.scope) {
            match namespaces::read(self.reader, name).await {
                Ok(found) => {
                    for (name, labels) in &found {
                        inventory.apply_namespace(name.clone(), labels.clone());
                    }
                }
                Err(Unanswered::NotFound) => {
                    return Err(AuditError::NoNamespace(name.unwrap_or_default().to_owned()));
                }
                Err(Unanswered::Forbidden(why)) => book.leave_out(NotLookedAt {
                    what: "the labels of namespaces, which every policy was taken to select"
                        .to_owned(),
                    kind: "Namespace".to_owned(),
                    namespace: name.map(str::to_owned),
                    why,
                }),
                Err(error) => book.fail(Failure {
                    kind: Some("Namespace".to_owned()),
                    name: name.map(str::to_owned),
                    message: error.to_string(),
                    ..Failure::default()
                }),
            }
        }
        Ok(())
    }

    /// Reads all objects of a kind; of what cannot be read nothing is known.
    async fn neighbours(self, kind: &NeighbourKind, inventory: &mut Inventory, book: &mut Book) {
        let mut note = |json: &[u8]| {
            if let Ok(trimmed) = serde_json::from_slice::<Trimmed>(json) {
                inventory.apply(kind, &trimmed);
            }
        };
        let sight = self.each(kind, &mut note, book).await;
        inventory.see(kind, sight);
    }

    /// Shows all objects of a kind, and says how well they are known then.
    async fn each(
        self,
        kind: &NeighbourKind,
        note: &mut (dyn FnMut(&[u8]) + Send),
        book: &mut Book,
    ) -> Sight {
        self.progress.begin(kind.plural.to_owned());
        let served = match self.reader.serves(kind).await {
            Ok(Some(served)) => served,
            // Where the kind is not, there are none.
            Ok(None) => return Sight::Known,
            Err(error) => {
                unseen(kind, None, error, book);
                return Sight::NotLookedAt;
            }
        };
        let mut sight = Sight::Known;
        for namespace in places(self.scope) {
            let mut noting = Noting { note: &mut *note, progress: self.progress };
            let which = Which { namespace, selector: None };
            match self.reader.all(&served, which, &mut noting).await {
                Ok(_) | Err(Unanswered::NotFound) => {}
                Err(error) => {
                    unseen(kind, namespace, error, book);
                    sight = Sight::NotLookedAt;
                }
            }
        }
        sight
    }
}

/// Writes down why nothing is known of a kind.
fn unseen(kind: &NeighbourKind, namespace: Option<&str>, error: Unanswered, book: &mut Book) {
    let (namespace, name) = (namespace.map(str::to_owned), kind.kind.to_owned());
    match error {
        Unanswered::Forbidden(why) => {
            let what = match kind.group {
                "" => kind.plural.to_owned(),
                group => format!("{}.{group}", kind.plural),
            };
            book.leave_out(NotLookedAt { what, kind: name, namespace, why });
        }
        error => {
            let message = error.to_string();
            book.fail(Failure { kind: Some(name), namespace, name: None, message });
        }
    }
}

/// Takes note of what is read.
struct Noting<'n> {
    note: &'n mut (dyn FnMut(&[u8]) + Send),
    progress: &'n Progress,
}

impl Sink for Noting<'_> {
    fn object(&mut self, json: &[u8], _: Option<&Identity<'_>>) {
        (self.note)(json);
    }

    fn page(&mut self, done: usize, left: Option<u64>) {
        self.progress.at(done, left);
    }
}
