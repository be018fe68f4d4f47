//! What an audit came to.

use jiff::Timestamp;

use super::book::Book;
use super::changes::Changes;
use super::checklist::Checklist;
use super::record::{Failure, PolicyInForce, RuleInForce, Scope, Sums};
use super::unneeded::Unneeded;

/// What an audit came to, and in what surroundings.
#[derive(Debug)]
pub struct Audit {
    /// When it was made.
    pub time: Timestamp,
    /// What the cluster is called.
    pub cluster: String,
    /// The version of its API server.
    pub server_version: String,
    /// The policies that were in force.
    pub policies: Vec<PolicyInForce>,
    /// The rules of these policies.
    pub rules: Vec<RuleInForce>,
    /// The checklists that the policies stand for.
    pub checklists: Vec<Checklist>,
    /// Which objects were asked for.
    pub scope: Scope,
    /// What there is to know besides.
    pub notes: Vec<String>,
    /// What could be taken away, for all that was looked at.
    pub unneeded: Unneeded,
    /// What has changed since an earlier report, where one is given.
    pub since: Option<Changes>,
    /// What was found.
    pub book: Book,
}

impl Audit {
    /// What it comes to in numbers.
    pub fn sums(&self) -> Sums {
        self.book.sums()
    }

    /// What could not be done.
    pub fn failures(&self) -> &[Failure] {
        self.book.failures()
    }
}
