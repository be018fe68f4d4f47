//! Policies and exceptions, read as they are now or followed for good, and not lost with their
//! definition.

use std::sync::Arc;

use kube::{Api, Client, Resource as _};

use super::listing::{Reader, Served, Sink, Unanswered, Which};
use super::objects::{EXCEPTIONS, GROUP, Objects, OwnKind, Raw, VERSION, resource_of_definitions};
use super::reflection::{self, Fold as _, Gate};
use super::{Observer, ask};
use crate::policy::Terms;
use crate::policy::spec::API_VERSION;
use crate::subject::Identity;

/// Whether the kind is there to stay: its objects go with it, and nobody meant to delete them (F-95).
struct Definition {
    client: Client,
    kind: OwnKind,
}

impl Gate for Definition {
    async fn lets_go(&self) -> bool {
        let api: Api<Raw> = Api::all_with(self.client.clone(), &resource_of_definitions());
        match ask(api.get_opt(&self.kind.definition())).await {
            Ok(Some(definition)) => definition.meta().deletion_timestamp.is_none(),
            Err(error) if error.is_forbidden() => self.can_be_created().await,
            // It is gone, or nobody can tell.
            Ok(None) | Err(_) => false,
        }
    }
}

impl Definition {
    /// What everybody may ask: of a kind that goes the API server does not say that its objects can be
    /// created.
    async fn can_be_created(&self) -> bool {
        let listed = ask(self.client.list_api_group_resources(API_VERSION)).await;
        let Ok(listed) = listed else { return false };
        let mut resources = listed.resources.iter();
        let of_kind = resources.find(|resource| resource.name == self.kind.plural);
        of_kind.is_some_and(|resource| resource.verbs.iter().any(|verb| verb == "create"))
    }
}

/// Follows the objects of a kind for good. Each time something changes, `publish` gets all of them.
pub async fn follow(
    client: Client,
    kind: OwnKind,
    terms: &Terms,
    publish: impl Fn(Objects) + Send,
    observer: Arc<dyn Observer>,
) {
    let api = Api::all_with(client.clone(), &kind.resource());
    let gate = Definition { client, kind };
    let none = Objects::of(kind, terms);
    reflection::follow(api, kind.plural, none, gate, publish, observer).await;
}

/// Takes what is listed, and notes whether something of it is no object.
struct Taken {
    objects: Objects,
    is_whole: bool,
}

impl Sink for Taken {
    fn object(&mut self, json: &[u8], _: Option<&Identity<'_>>) {
        match serde_json::from_slice(json) {
            Ok(raw) => self.objects.apply(raw),
            Err(_) => self.is_whole = false,
        }
    }
}

/// All objects of a kind as they are now, where exceptions are honoured on these terms.
///
/// # Errors
/// [`Unanswered`]; not found, where nobody has defined the kind.
pub async fn read(reader: &Reader, kind: OwnKind, terms: &Terms) -> Result<Objects, Unanswered> {
    let mut taken = Taken { objects: Objects::of(kind, terms), is_whole: true };
    let served = Served::of(GROUP, VERSION, kind.plural, kind == EXCEPTIONS);
    reader.all(&served, Which::default(), &mut taken).await?;
    if !taken.is_whole {
        // What cannot be read might be a policy: without it the others are not all that is in force.
        let text = format!("one of the {} that it lists cannot be read", kind.plural);
        return Err(Unanswered::Refused { code: 200, text });
    }
    Ok(taken.objects)
}
