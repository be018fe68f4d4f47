//! Which policies what runs is held against.

use super::error::AuditError;
use super::look::LookArgs;
use crate::audit::{Book, Failure, NotLookedAt, PolicyInForce};
use crate::cli::policies::loaded;
use crate::cluster::following;
use crate::cluster::listing::{Reader, Unanswered};
use crate::cluster::objects::{self, EXCEPTIONS, Objects, OwnObjects, POLICIES};
use crate::policy::{BoundPolicy, Documents, Snapshot, Unknown};
use crate::text::plural;

/// Which exceptions there are beside policies of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Exceptions {
    /// Those of the files alone.
    WithThePolicies,
    /// Those of the cluster as well, where some are honoured: what is to be is held against what is.
    OfTheCluster,
}

/// What is in force: what the files say that are named, else what the cluster says; or both.
pub(super) async fn in_force(
    args: &LookArgs,
    source: Exceptions,
    reader: &Reader,
    book: &mut Book,
    notes: &mut Vec<String>,
) -> Result<Snapshot, AuditError> {
    let files = args.files();
    let mut documents = match &files {
        None => Documents::default(),
        Some(files) if args.installed => loaded(&files.read_aloud()?, Unknown::IsWrong)?,
        Some(files)
            if source == Exceptions::OfTheCluster && !args.terms().namespaces.is_empty() =>
        {
            let advice = "leave out `--exception-namespaces`";
            let unread = |why| AuditError::OwnObjects { why, advice };
            let mut documents = files.load()?;
            let found = exceptions(args, reader, book, notes).await.map_err(unread)?;
            documents.append(found.in_force());
            return Ok(Snapshot::of(documents, args.terms()));
        }
        Some(files) => return Ok(files.snapshot()?),
    };
    let advice = match files {
        None => "name files with `--policy`",
        Some(_) => "leave out `--installed`",
    };
    let unread = |why| AuditError::OwnObjects { why, advice };
    let terms = args.terms();
    let policies = match following::read(reader, POLICIES, &terms).await {
        Ok(policies) => policies,
        Err(Unanswered::NotFound) if files.is_some() => Objects::of(POLICIES, &terms),
        Err(Unanswered::NotFound) => return Err(AuditError::NoPolicy(Vec::new())),
        Err(error) => return Err(unread(error)),
    };
    let problems = faults(&policies, book, POLICIES.kind);
    let exceptions = exceptions(args, reader, book, notes).await.map_err(unread)?;
    documents.append(OwnObjects { policies, exceptions }.in_force());
    if documents.policies.is_empty() {
        return Err(AuditError::NoPolicy(problems));
    }
    Ok(Snapshot::of(documents, terms))
}

/// The exceptions of the cluster that are honoured.
async fn exceptions(
    args: &LookArgs,
    reader: &Reader,
    book: &mut Book,
    notes: &mut Vec<String>,
) -> Result<Objects, Unanswered> {
    let terms = args.terms();
    let exceptions = match following::read(reader, EXCEPTIONS, &terms).await {
        Ok(exceptions) => exceptions,
        Err(Unanswered::NotFound) => Objects::of(EXCEPTIONS, &terms),
        Err(Unanswered::Forbidden(why)) => {
            book.leave_out(NotLookedAt {
                what: format!("{}.{}", EXCEPTIONS.plural, objects::GROUP),
                kind: EXCEPTIONS.kind.to_owned(),
                namespace: None,
                why,
            });
            Objects::of(EXCEPTIONS, &terms)
        }
        Err(error) => return Err(error),
    };
    faults(&exceptions, book, EXCEPTIONS.kind);
    let is_passed_over = |namespace: &Option<String>| {
        namespace.as_ref().is_some_and(|namespace| !terms.honour(namespace))
    };
    let passed_over = exceptions.iter().filter(|object| is_passed_over(&object.namespace)).count();
    if passed_over > 0 {
        let what = plural(passed_over, "exception");
        notes.push(format!(
            "{what} of the cluster excused nothing, as `--exception-namespaces` does not name its namespace"
        ));
    }
    Ok(exceptions)
}

/// Writes down what cannot be put in force.
fn faults(objects: &Objects, book: &mut Book, kind: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for object in objects.iter() {
        let Err(all) = &object.made else { continue };
        let failure = Failure {
            kind: Some(kind.to_owned()),
            namespace: object.namespace.clone(),
            name: Some(object.name.clone()),
            message: format!("is not in force: {}", all.join("; ")),
        };
        problems.push(failure.to_string());
        book.fail(failure);
    }
    problems
}

/// The policies of a snapshot, as a report names them.
pub(super) fn named(snapshot: &Snapshot) -> Vec<PolicyInForce> {
    let hash = |policy: &BoundPolicy| -> String { format!("sha256:{}", policy.digest) };
    let policies = snapshot.policies().iter();
    policies.map(|p| PolicyInForce { name: p.name.to_string(), hash: hash(p) }).collect()
}
