//! The audit itself: the policies, the namespaces, then kind after kind.

use jiff::Timestamp;

use super::args::Args;
use super::error::AuditError;
use super::history::Before;
use super::look::LookArgs;
use super::neighbours::{Around, places};
use super::policies::{Exceptions, in_force, named};
use super::progress::Progress;
use crate::audit::{
    Audit, Book, Failure, NotLookedAt, Object, Scope, Terms, Unneeded, checklists, in_order,
    rules_in_force,
};
use crate::cluster::client::connect_to_read;
use crate::cluster::listing::{Patience, Reader, Served, Sink, Unanswered, Which};
use crate::policy::{Requester, Snapshot};
use crate::rules::Limits;
use crate::subject::{Identity, Kind, Shape};

/// What a run is to find out.
pub(in crate::cli) struct Question<'q> {
    /// Whether patches are kept.
    pub(in crate::cli) has_patches: bool,
    /// Which exceptions are honoured.
    pub(in crate::cli) exceptions: Exceptions,
    /// Who is taken to make what there is; none where it is judged as it stands.
    pub(in crate::cli) requester: Option<&'q Requester<'q>>,
    /// What becomes of the policies before anything is held against them.
    pub(in crate::cli) change: &'q dyn Fn(&Snapshot) -> Result<Snapshot, AuditError>,
}

/// Audits the cluster that `args` name, and holds it against what was before.
pub(super) async fn run(args: &Args, before: Before) -> Result<Audit, AuditError> {
    let question = Question {
        has_patches: args.has_patches(),
        exceptions: Exceptions::WithThePolicies,
        requester: None,
        change: &|snapshot| Ok(snapshot.clone()),
    };
    let (mut audit, _) = look(&args.look, &question).await?;
    audit.notes.splice(0..0, before.notes);
    if let Some(earlier) = before.report {
        let changes = earlier.changes(&audit).map_err(|error| args.not_compared(error))?;
        audit.since = Some(changes);
    }
    Ok(audit)
}

/// Looks at what runs in the cluster that `args` name; what it was held against comes with it.
pub(in crate::cli) async fn look(
    args: &LookArgs,
    question: &Question<'_>,
) -> Result<(Audit, Snapshot), AuditError> {
    let (client, cluster) = connect_to_read(&args.place()).await?;
    let reader = Reader::new(client, Patience::of(args.answer()));
    let unanswered = |why| AuditError::Unanswered { cluster: cluster.clone(), why };
    let server_version = match reader.version().await {
        Ok(version) => version,
        // Whoever may not ask for it may be allowed to ask for all else.
        Err(Unanswered::Forbidden(_)) => String::new(),
        Err(error) => return Err(unanswered(error)),
    };
    let (mut book, mut notes) = (Book::new(question.has_patches), Vec::new());
    let snapshot = in_force(args, question.exceptions, &reader, &mut book, &mut notes).await?;
    let snapshot = (question.change)(&snapshot)?;
    let (scope, progress) = (args.scope(), Progress::new());
    let has_secrets = args.secrets;
    let around = Around { reader: &reader, scope: &scope, has_secrets, progress: &progress };
    let snapshot = around.known(snapshot, &mut book).await?;
    let now = Timestamp::now();
    let (limits, requester) = (Limits::default(), question.requester);
    let mut run = Run {
        reader: &reader,
        terms: Terms { snapshot: &snapshot, now, limits, requester },
        scope: &scope,
        has_secrets,
        book,
        notes,
        progress,
    };
    run.all().await.map_err(unanswered)?;
    let Run { mut book, mut notes, .. } = run;
    let unknown = snapshot.policies().iter().flat_map(|policy| policy.not_in_force());
    notes.extend(unknown.map(|(policy, what)| format!("policy `{policy}`: not in force: {what}")));
    book.sort();
    if book.is_empty() && !book.left_out().is_empty() && book.failures().is_empty() {
        let all =
            book.left_out().iter().map(|missing| format!("  {}: {}", missing.what, missing.why));
        return Err(AuditError::Nothing(all.collect()));
    }
    let (policies, rules) = (named(&snapshot), rules_in_force(&snapshot));
    let unneeded = Unneeded::of(&book, &snapshot, &scope, now);
    let audit = Audit {
        time: now,
        cluster,
        server_version,
        policies,
        rules,
        checklists: checklists(&snapshot),
        scope,
        notes,
        unneeded,
        since: None,
        book,
    };
    Ok((audit, snapshot))
}

/// An audit under way.
struct Run<'r> {
    reader: &'r Reader,
    terms: Terms<'r>,
    scope: &'r Scope,
    has_secrets: bool,
    book: Book,
    notes: Vec<String>,
    progress: Progress,
}

impl Run<'_> {
    /// Looks at all kinds. Where the API server has gone silent, the rest is not asked for.
    async fn all(&mut self) -> Result<(), Unanswered> {
        let mut kinds = in_order(self.terms.snapshot).into_iter();
        while let Some(kind) = kinds.next() {
            if kind.shape == Shape::Secret && !self.has_secrets {
                let note = "Secrets were not looked at, though a policy has rules about them; \
                            `--secrets` asks for that";
                self.notes.push(note.to_owned());
                self.book.pass_over(kind);
                continue;
            }
            let Err(error) = self.kind(kind).await else { continue };
            if matches!(error, Unanswered::Refused { code: 400 | 401, .. }) {
                return Err(error);
            }
            let rest: Vec<String> = kinds.by_ref().map(|kind| kind.resource.to_string()).collect();
            if !rest.is_empty() {
                let message =
                    format!("not asked for, as the API server went silent: {}", rest.join(", "));
                self.book.fail(Failure { message, ..Failure::default() });
            }
        }
        self.progress.end();
        Ok(())
    }

    /// Looks at all objects of a kind; an error is one after which there is no use in going on.
    async fn kind(&mut self, kind: &Kind) -> Result<(), Unanswered> {
        let Some(served) = self.found(kind, None, self.reader.served(kind).await)? else {
            return Ok(());
        };
        let Some(served) = served else {
            if !kind.is_built_in() {
                let (name, group) = (&kind.kind, &kind.group);
                let note =
                    format!("the cluster has no `{name}` of `{group}`, which a policy names");
                self.notes.push(note);
            }
            return Ok(());
        };
        self.progress.begin(kind.resource.to_string());
        let scope = self.scope;
        let is_elsewhere = !scope.namespaces.is_empty() && !served.is_namespaced;
        for namespace in if is_elsewhere { Vec::new() } else { places(scope) } {
            let answer = self.objects(kind, &served, namespace).await;
            self.found(kind, namespace, answer)?;
        }
        Ok(())
    }

    async fn objects(
        &mut self,
        kind: &Kind,
        served: &Served,
        namespace: Option<&str>,
    ) -> Result<usize, Unanswered> {
        let which = Which { namespace, selector: self.scope.selector.as_deref() };
        let mut judging =
            Judging { book: &mut self.book, kind, terms: self.terms, progress: &self.progress };
        self.reader.all(served, which, &mut judging).await
    }

    /// What was answered, where there is an answer; else it is written down why there is none.
    fn found<T>(
        &mut self,
        kind: &Kind,
        namespace: Option<&str>,
        answer: Result<T, Unanswered>,
    ) -> Result<Option<T>, Unanswered> {
        let namespace = namespace.map(str::to_owned);
        let error = match answer {
            Ok(found) => return Ok(Some(found)),
            Err(error) => error,
        };
        match error {
            Unanswered::Forbidden(why) => {
                let what = match &*kind.group {
                    "" => kind.resource.to_string(),
                    group => format!("{}.{group}", kind.resource),
                };
                let kind = kind.kind.to_string();
                self.book.leave_out(NotLookedAt { what, kind, namespace, why });
            }
            // The namespace went away, or the kind did.
            Unanswered::NotFound => {}
            error => {
                let message = error.to_string();
                let kind = Some(kind.kind.to_string());
                self.book.fail(Failure { kind, namespace, name: None, message });
                if error.is_silent() || matches!(error, Unanswered::Refused { code: 400 | 401, .. })
                {
                    return Err(error);
                }
            }
        }
        Ok(None)
    }
}

/// Judges what is read.
struct Judging<'j> {
    book: &'j mut Book,
    kind: &'j Kind,
    terms: Terms<'j>,
    progress: &'j Progress,
}

impl Sink for Judging<'_> {
    fn object(&mut self, json: &[u8], identity: Option<&Identity<'_>>) {
        self.book.judge(Object { kind: self.kind, json, identity }, self.terms);
    }

    fn page(&mut self, done: usize, left: Option<u64>) {
        self.progress.at(done, left);
    }
}
