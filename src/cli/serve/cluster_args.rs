//! What the webhook is told about the cluster that it belongs to.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::cluster::certificates::rotation::Lives;
use crate::cluster::client::Place;
use crate::cluster::pace::Pace;
use crate::cluster::registration::decision::FailurePolicy;
use crate::cluster::registration::{TIMEOUT_SECONDS, Target};
use crate::policy::Terms;
use crate::text::Wildcard;

/// Which API server is asked.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct PlaceArgs {
    /// The kubeconfig; without it that of the Pod, or where `kubectl` looks.
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_KUBECONFIG")]
    kubeconfig: Option<PathBuf>,
    /// The context in the kubeconfig; its current one where it is not given.
    #[arg(long, value_name = "NAME", env = "PLIMSOLL_CONTEXT")]
    context: Option<String>,
}

impl PlaceArgs {
    pub(in crate::cli) fn place(&self) -> Place {
        Place { kubeconfig: self.kubeconfig.clone(), context: self.context.clone() }
    }
}

/// What happens to writes while nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(in crate::cli) enum FailurePolicyArg {
    /// They go in.
    Ignore,
    /// They fail.
    Fail,
}

/// The cluster, and the registration with it.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ClusterArgs {
    /// Follow the policies, exceptions and namespaces of the cluster.
    #[arg(long, env = "PLIMSOLL_CLUSTER")]
    pub(super) cluster: bool,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Requests a second that are sent to the API server in the long run; those for the Lease are
    /// not counted.
    #[arg(long, value_name = "NUMBER", default_value_t = 20.0, env = "PLIMSOLL_API_QPS",
          value_parser = qps)]
    pub(super) api_qps: f64,
    /// Requests that are sent to the API server at once after a rest.
    #[arg(long, value_name = "NUMBER", default_value_t = 40, env = "PLIMSOLL_API_BURST",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) api_burst: u32,
    /// Register the webhook with the API server once it answers, and keep it registered.
    ///
    /// The API server then calls this Service, or this URL.
    #[arg(
        long,
        value_name = "NAMESPACE/SERVICE|URL",
        requires = "cluster",
        env = "PLIMSOLL_REGISTER"
    )]
    pub(super) register: Option<Target>,
    /// Whether writes fail while nobody answers.
    ///
    /// `Ignore` where it is not given, and `Fail` in what is printed. The server registers `Fail`
    /// once there are two ready replicas on two nodes, and then leaves it so.
    #[arg(long, value_name = "POLICY", env = "PLIMSOLL_FAILURE_POLICY")]
    pub(super) failure_policy: Option<FailurePolicyArg>,
    /// Register `Fail` whether or not there are two ready replicas on two nodes.
    #[arg(long, requires = "register", env = "PLIMSOLL_FAIL_WITHOUT_REPLICAS")]
    pub(super) fail_without_replicas: bool,
    /// Seconds that the API server waits for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT_SECONDS,
          env = "PLIMSOLL_WEBHOOK_TIMEOUT_SECONDS",
          value_parser = clap::value_parser!(i32).range(1..=30))]
    pub(super) webhook_timeout_seconds: i32,
    /// Namespaces of which nothing is sent here, besides kube-system and that of the webhook.
    #[arg(long, value_name = "NAME", value_delimiter = ',', env = "PLIMSOLL_EXCLUDE_NAMESPACES",
          value_parser = crate::cli::registration::namespace)]
    pub(super) exclude_namespaces: Vec<String>,
    /// What the registration says besides: selectors, conditions, labels, in a YAML file.
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_REGISTRATION")]
    pub(super) registration: Option<PathBuf>,
    /// Namespaces from which `PolicyException` objects are honoured; `*` stands for any characters.
    ///
    /// None where it is not given: whoever may write everything in a namespace must not excuse himself.
    #[arg(long, value_name = "GLOB", value_delimiter = ',', requires = "cluster",
          env = "PLIMSOLL_EXCEPTION_NAMESPACES", value_parser = namespaces)]
    pub(super) exception_namespaces: Vec<String>,
    /// Know the names of Secrets' keys, and of what makes Secrets, for rules that ask for them.
    ///
    /// It takes the right to list and watch all Secrets. Values are passed over, and never kept.
    #[arg(long, requires = "cluster", env = "PLIMSOLL_SECRET_KEYS")]
    pub(super) secret_keys: bool,
    /// The Secret in which certificate and authority are made and kept.
    #[arg(long, value_name = "NAME", requires = "register", env = "PLIMSOLL_TLS_SECRET",
          conflicts_with_all = ["tls_cert", "tls_key", "self_signed"])]
    pub(super) tls_secret: Option<String>,
    /// Days that a certificate in the Secret is good for; it is renewed after two thirds of them.
    #[arg(long, value_name = "DAYS", default_value_t = 30.0, env = "PLIMSOLL_CERTIFICATE_DAYS",
          value_parser = days)]
    pub(super) certificate_days: f64,
    /// Days that an authority in the Secret is good for; it is renewed after two thirds of them.
    #[arg(long, value_name = "DAYS", default_value_t = 365.0, env = "PLIMSOLL_AUTHORITY_DAYS",
          value_parser = days)]
    pub(super) authority_days: f64,
    /// Seconds for which an authority is registered before it signs what is served.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "PLIMSOLL_AUTHORITY_SETTLE_SECONDS",
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(super) authority_settle_seconds: u64,
    /// Seconds for which an authority stays registered once another signs.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600,
          env = "PLIMSOLL_AUTHORITY_OVERLAP_SECONDS",
          value_parser = clap::value_parser!(u64).range(0..=31_536_000))]
    pub(super) authority_overlap_seconds: u64,
}

/// A number of days, which may be a fraction of one: at least a few seconds, at most a century.
fn days(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(days) if (0.000_1..=36_500.0).contains(&days) => Ok(days),
        _ => Err("write a number of days, at most 36500".to_owned()),
    }
}

/// A pattern that the name of a namespace may fit.
pub(in crate::cli) fn namespaces(text: &str) -> Result<String, String> {
    let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*?".contains(c);
    if !text.is_empty() && text.len() <= 63 && text.chars().all(is_good) {
        return Ok(text.to_owned());
    }
    Err("write names of namespaces, in which `*` stands for any characters".to_owned())
}

impl ClusterArgs {
    /// On what terms exceptions are honoured.
    pub(super) fn terms(&self, max_days: u32) -> Terms {
        let namespaces = self.exception_namespaces.iter().map(|pattern| Wildcard::new(pattern));
        Terms { namespaces: namespaces.collect(), max_days }
    }
}

/// Requests a second, which may be a fraction: at least one, or what is asked would be late.
fn qps(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(qps) if (1.0..=10_000.0).contains(&qps) => Ok(qps),
        _ => Err("write a number of requests a second, from 1 to 10000".to_owned()),
    }
}

impl ClusterArgs {
    pub(super) fn pace(&self) -> Pace {
        Pace { per_second: self.api_qps, burst: self.api_burst }
    }

    pub(super) fn lives(&self) -> Lives {
        let days = |days: f64| Duration::from_secs_f64(days * 86_400.0);
        Lives {
            authority: days(self.authority_days),
            leaf: days(self.certificate_days.min(self.authority_days)),
            settle: self.settle(),
        }
    }

    pub(super) fn settle(&self) -> Duration {
        Duration::from_secs(self.authority_settle_seconds)
    }

    pub(super) fn overlap(&self) -> Duration {
        Duration::from_secs(self.authority_overlap_seconds)
    }

    pub(super) fn failure_policy(&self) -> FailurePolicy {
        match self.failure_policy {
            Some(FailurePolicyArg::Fail) => {
                FailurePolicy::Fail { without_replicas: self.fail_without_replicas }
            }
            _ => FailurePolicy::Ignore,
        }
    }
}
