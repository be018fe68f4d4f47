//! Policies in files, followed as they change.
//!
//! The files are compared by content at an interval, as those of the certificate are: the kubelet
//! swaps a symbolic link, which a watch on a file misses. What is there is taken once it was the same
//! at two looks, so that a file that is half written is never a policy that demands half. Whatever
//! is wrong with it, the old policies stay (F-96): nothing leads from policies to none.

use std::sync::Arc;
use std::time::Duration;

use super::in_force::InForce;
use super::metrics::Metrics;
use crate::files::SourceText;
use crate::policy::{BoundPolicy, Documents, Snapshot, Stance};
use crate::subject::Kind;

/// Where policies come from: how they are read, and made ready.
pub trait Policies: Send + Sync + 'static {
    /// All the texts there are.
    ///
    /// # Errors
    /// What cannot be read, in words.
    fn read(&self) -> Result<Vec<SourceText>, String>;

    /// The policies of the texts.
    ///
    /// # Errors
    /// Everything that is wrong with them, in words.
    fn load(&self, sources: &[SourceText]) -> Result<Documents, String>;
}

/// Reads the policies again every `interval`, for good; `known` is what those in force were read
/// from. Whoever `registers` need not be told that the registration is short.
pub async fn follow(
    in_force: Arc<InForce>,
    policies: Arc<impl Policies>,
    known: Vec<SourceText>,
    interval: Duration,
    metrics: Arc<Metrics>,
    registers: bool,
) {
    let registered = in_force.current();
    let mut known = Arc::new(known);
    let mut seen = Arc::clone(&known);
    let mut changing = 0;
    loop {
        tokio::time::sleep(interval).await;
        let (policies, known_before, seen_before) =
            (Arc::clone(&policies), Arc::clone(&known), Arc::clone(&seen));
        let look =
            tokio::task::spawn_blocking(move || look(&*policies, &known_before, &seen_before));
        match look.await {
            Ok(Look::Same) => {
                changing = 0;
                settle(&in_force, &metrics, None);
            }
            Ok(Look::Changing(sources)) => {
                seen = Arc::new(sources);
                changing += 1;
                if changing == RESTLESS {
                    let problem = format!("the files were others at each of {RESTLESS} looks");
                    settle(&in_force, &metrics, Some(problem));
                }
            }
            Ok(Look::New(documents, sources)) => {
                let names: Vec<&str> = documents.policies.iter().map(|p| &*p.name).collect();
                tracing::info!(policies = names.join(","), "new policies are in force");
                tell_of_unknown(&documents.policies);
                changing = 0;
                in_force.replace_files(documents);
                if !registers {
                    tell_of_registration(&registered, &in_force.current(), &metrics);
                }
                known = Arc::new(sources);
                settle(&in_force, &metrics, None);
            }
            Ok(Look::Wrong(problem)) => settle(&in_force, &metrics, Some(problem)),
            Err(_) => settle(&in_force, &metrics, Some("reading them failed".to_owned())),
        }
    }
}

/// Says what of the policies this version does not know, and so is not in force.
pub fn tell_of_unknown(policies: &[Arc<BoundPolicy>]) {
    for (policy, what) in policies.iter().flat_map(|policy| policy.not_in_force()) {
        tracing::error!(policy = &*policy, what, "a part of a policy is not in force");
    }
}

/// After how many looks, each of which shows others, this is something that is wrong.
const RESTLESS: u32 = 10;

/// Says where the API server may have to be told anew what to ask about: it goes by the policies
/// that the configuration was printed for, most likely those of the start.
fn tell_of_registration(registered: &Snapshot, snapshot: &Snapshot, metrics: &Metrics) {
    let rises = |kind: &&Kind| {
        let before = registered.kinds().find(&kind.group, &kind.kind);
        snapshot.stance(kind) > before.map_or(Stance::Unread, |kind| registered.stance(kind))
    };
    let kinds: Vec<&str> = snapshot.kinds().iter().filter(rises).map(|kind| &*kind.kind).collect();
    metrics.registration_is_short(!kinds.is_empty());
    if !kinds.is_empty() {
        tracing::warn!(
            kinds = kinds.join(","),
            "since the start policies ask for more of these kinds; print the webhook configuration \
             and apply it again, or the API server does not send them here as it should"
        );
    }
}

/// What a look at the policies showed.
enum Look {
    /// Those in force.
    Same,
    /// Others, which may be about to change again.
    Changing(Vec<SourceText>),
    /// Others, ready to be put in force.
    New(Documents, Vec<SourceText>),
    /// None that could be.
    Wrong(String),
}

fn look(policies: &impl Policies, known: &[SourceText], seen: &[SourceText]) -> Look {
    let sources = match policies.read() {
        Ok(sources) => sources,
        Err(problem) => return Look::Wrong(problem),
    };
    if sources == known {
        return Look::Same;
    }
    if sources != seen {
        return Look::Changing(sources);
    }
    match policies.load(&sources) {
        Ok(documents) => Look::New(documents, sources),
        Err(problem) => Look::Wrong(problem),
    }
}

/// Says once what is wrong, and once that nothing is any more.
fn settle(in_force: &InForce, metrics: &Metrics, problem: Option<String>) {
    let is_stale = problem.is_some();
    if in_force.problem().as_deref() != problem.as_ref() {
        if let Some(reason) = &problem {
            tracing::error!(reason, "the new policies are not taken; the old ones stay in force");
        } else {
            tracing::info!("the policies in force are those in the files");
        }
        in_force.set_problem(problem);
    }
    // Last, so that whoever sees it finds out why.
    metrics.policies_are_stale(is_stale);
}
