//! What every look at what runs is told.

use std::path::PathBuf;
use std::time::Duration;

use crate::audit::Scope;
use crate::cli::policies::PolicyArgs;
use crate::cli::registration::namespace;
use crate::cli::serve::{PlaceArgs, namespaces};
use crate::cluster::client::Place;
use crate::policy::{MAX_DAYS, Terms};
use crate::text::Wildcard;

/// Which cluster, what of it, and under which policies.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LookArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// A namespace to look at, and no other; may be given several times.
    ///
    /// What is in no namespace is left out then.
    #[arg(short, long = "namespace", value_name = "NAMESPACE", value_delimiter = ',',
          env = "PLIMSOLL_NAMESPACES", value_parser = namespace)]
    pub(super) namespaces: Vec<String>,
    /// Labels of the objects to look at, as `kubectl get -l` has them.
    #[arg(short = 'l', long, value_name = "SELECTOR", env = "PLIMSOLL_SELECTOR")]
    selector: Option<String>,
    /// A policy file, or a folder of them; may be given several times. It need not be installed.
    ///
    /// Without it the policies and exceptions of the cluster are in force; with it those of the files
    /// alone, unless `--installed` is given.
    #[arg(long = "policy", value_name = "FILE|DIR", env = "PLIMSOLL_POLICY")]
    policies: Vec<PathBuf>,
    /// The policies and exceptions of the cluster are in force beside those of the files.
    ///
    /// So it is with `plimsoll serve --cluster`. Without `--policy` they are in any case.
    #[arg(long, env = "PLIMSOLL_INSTALLED")]
    pub(super) installed: bool,
    /// The most days ahead that the end of an exception may lie; one beyond it excuses nothing.
    #[arg(long, value_name = "DAYS", default_value_t = MAX_DAYS,
          env = "PLIMSOLL_EXCEPTION_MAX_DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    exception_max_days: u32,
    /// Namespaces from which `PolicyException` objects are honoured; `*` stands for any characters.
    ///
    /// None where it is not given, as with `plimsoll serve`.
    #[arg(long, value_name = "GLOB", value_delimiter = ',', env = "PLIMSOLL_EXCEPTION_NAMESPACES",
          value_parser = namespaces)]
    exception_namespaces: Vec<String>,
    /// Read Secrets as well, of which nothing but the names of their keys is kept.
    ///
    /// Without it the rules that ask for them are undetermined.
    #[arg(long, env = "PLIMSOLL_SECRETS")]
    pub(super) secrets: bool,
    /// Seconds that one answer of the API server may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "PLIMSOLL_ANSWER_SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3_600))]
    answer_seconds: u64,
}

impl LookArgs {
    pub(super) fn place(&self) -> Place {
        self.place.place()
    }

    /// How long one answer may take.
    pub(super) fn answer(&self) -> Duration {
        Duration::from_secs(self.answer_seconds)
    }

    pub(super) fn scope(&self) -> Scope {
        Scope { namespaces: self.namespaces.clone(), selector: self.selector.clone() }
    }

    /// The policies that are named; none where those of the cluster are meant.
    pub(super) fn files(&self) -> Option<PolicyArgs> {
        let is_named = !self.policies.is_empty();
        is_named.then(|| PolicyArgs::of(self.policies.clone(), self.exception_max_days))
    }

    /// On what terms exceptions are honoured.
    pub(super) fn terms(&self) -> Terms {
        let namespaces = self.exception_namespaces.iter().map(|pattern| Wildcard::new(pattern));
        Terms { namespaces: namespaces.collect(), max_days: self.exception_max_days }
    }
}
