//! From the bytes of a request to the answer: no clock, no socket, no log.

#![deny(clippy::disallowed_methods)]

use jiff::Timestamp;

use super::decide::{Decided, Undecided, Writing};
use super::impact::Written;
use super::making::{Awaited, OwnerLookup};
use super::outcome::RequestOutcome;
use super::request::{self, Request};
use super::response::{Fault, Response};
use super::reviewable::to_review;
use super::salvage::salvage;
use super::summary::Summary;
use super::{bounds, loss, own_objects};
use crate::policy::Snapshot;
use crate::review::Verdict;
use crate::rules::RuleRef;
use crate::text::{clipped, printable};

/// An answer and what is told about it in log and metrics.
#[derive(Debug, Default)]
pub struct Answer {
    /// What goes back.
    pub response: Response,
    /// What was asked.
    pub summary: Summary,
    /// What was found, where a review took place.
    pub verdict: Verdict,
    /// Whether the request was refused for a fault and not by a policy.
    pub is_fault: bool,
    /// The policy that is written, where there is more to be told of it than is known here.
    pub written: Option<Written>,
    /// How it went to look for the owner of what a controller made, where that was looked for.
    pub owner: Option<OwnerLookup>,
    /// What could be known better in a moment, so that the answer would be another one.
    pub(super) awaited: Option<Awaited>,
}

impl Answer {
    /// How the request ended.
    pub fn outcome(&self) -> RequestOutcome {
        match (self.is_fault, self.response.allowed) {
            (true, _) => RequestOutcome::Fault,
            (false, true) => RequestOutcome::Allowed,
            (false, false) => RequestOutcome::Denied,
        }
    }

    fn of(response: Response, summary: Summary) -> Self {
        Self { response, summary, ..Self::default() }
    }

    /// A refusal for a fault.
    pub fn fault(uid: &str, fault: Fault, message: String, summary: Summary) -> Self {
        let response = Response::fault(uid, fault, message);
        Self { response, summary, is_fault: true, ..Self::default() }
    }

    /// A refusal for a fault of a body that was not read to its end, or not answered: with the uid
    /// and what else can be told of it; none where there is no uid.
    pub(super) fn fault_of(body: &[u8], fault: Fault, message: String) -> Option<Self> {
        let salvaged = salvage(body)?;
        let summary = Summary::of_salvaged(&salvaged);
        Some(Self::fault(&salvaged.uid, fault, message, summary))
    }

    /// The rules that refuse, each once, worst first.
    pub fn denied_rules(&self) -> Vec<&RuleRef> {
        let mut rules: Vec<&RuleRef> = Vec::new();
        for violation in self.verdict.denials() {
            if !rules.iter().any(|rule| rule.id == violation.rule.id) {
                rules.push(&violation.rule);
            }
        }
        rules
    }
}

/// Answers the review in `body`.
///
/// # Errors
/// Only where there is no uid to answer to: what HTTP status 400 should say.
pub fn answer(body: &[u8], snapshot: &Snapshot, now: Timestamp) -> Result<Answer, &'static str> {
    let at_once = bounds::check(body).is_ok().then(|| request::read(body, snapshot)).flatten();
    if let Some(request) = at_once {
        let uid = request.uid.as_str().to_owned();
        return Ok(answer_request(&uid, body, request, None, snapshot, now));
    }
    let salvaged = salvage(body)
        .ok_or("not an AdmissionReview of admission.k8s.io/v1 with a request and a uid")?;
    let (request, problem) = salvaged.request();
    if let Some(problem) = problem {
        let summary = Summary::of(&request);
        return Ok(Answer::fault(&salvaged.uid, Fault::BadRequest, unreadable(&problem), summary));
    }
    let out_of_bounds = salvaged.check_bounds().err().map(|problem| problem.to_string());
    Ok(answer_request(&salvaged.uid, body, request, out_of_bounds, snapshot, now))
}

/// Answers a request; `problem` is why its objects must not be read.
fn answer_request<'r>(
    uid: &str,
    body: &'r [u8],
    mut request: Request<'r>,
    problem: Option<String>,
    snapshot: &'r Snapshot,
    now: Timestamp,
) -> Answer {
    let summary = Summary::of(&request);
    if problem.is_none() && own_objects::is_own(&request) {
        let (response, written) = own_objects::judge(&request, body, snapshot, now);
        let response = Response { uid: uid.to_owned(), ..response };
        return Answer { written, ..Answer::of(response, summary) };
    }
    let lost =
        if problem.is_none() { loss::warnings(&request, body, snapshot) } else { Vec::new() };
    let kind = match to_review(&mut request, snapshot) {
        Ok(Some(kind)) => kind,
        Ok(None) if problem.is_none() => {
            return Answer::of(Response { warnings: lost, ..Response::allow(uid) }, summary);
        }
        Ok(None) => {
            let problem = problem.unwrap_or_default();
            return Answer::fault(uid, Fault::BadRequest, unreadable(&problem), summary);
        }
        Err(problem) => {
            return Answer::fault(uid, Fault::BadRequest, unreadable(problem), summary);
        }
    };
    let is_update = request.operation.as_str() == "UPDATE";
    let write = Writing { kind, body, snapshot, now, is_update };
    let decided = problem.map_or_else(|| write.decide(request), |p| Err(Undecided::Unreadable(p)));
    match decided {
        Ok(Decided { response, verdict, owner, awaited }) => {
            let mut response = Response { uid: uid.to_owned(), ..response };
            response.warnings.extend(lost);
            Answer { verdict, owner, awaited, ..Answer::of(response, summary) }
        }
        // What cannot be judged may stay as it is: finalizers go, namespaces end (F-136).
        Err(_) if write.is_unchanged() => Answer::of(Response::allow(uid), summary),
        Err(Undecided::Unreadable(problem)) => {
            Answer::fault(uid, Fault::BadRequest, unreadable(&problem), summary)
        }
        Err(Undecided::Spent) => {
            let message =
                "the object takes more work than plimsoll puts into one review, so it is refused";
            Answer::fault(uid, Fault::Timeout, message.to_owned(), summary)
        }
    }
}

fn unreadable(problem: &str) -> String {
    let problem = printable(&clipped(problem, 1_000)).into_owned();
    format!("plimsoll cannot read the request, so it is refused: {problem}")
}
