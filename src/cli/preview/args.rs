//! What the preview is told.

use clap::ValueEnum;

use crate::cli::audit::LookArgs;
use crate::rules::Mode;

/// Tell which running workloads policies would refuse, if they were created today.
///
/// The policies are those of `--policy`, else those of the cluster as if the server's enforcement were
/// `deny`; `--mode deny` takes them as if they were raised to it. Nothing is changed: nothing but GET is
/// sent to the API server. What runs goes on: its next edit is only warned about, as long as it adds
/// nothing that is refused. What would be refused when it is made anew, by a controller that is no
/// workload of Kubernetes' own, is told apart. Exceptions of the cluster are honoured beside files as
/// well, from `--exception-namespaces`.
///
/// Exit status: 0 nothing would be refused, 1 something would, 2 something could not be done.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    pub(super) look: LookArgs,
    /// A policy to preview, by its name, and no other; may be given several times.
    #[arg(long = "name", value_name = "POLICY", value_delimiter = ',', env = "PLIMSOLL_NAMES")]
    pub(super) names: Vec<String>,
    /// The mode of rules that set none, whatever `spec.mode` of their policies says.
    #[arg(long, value_name = "MODE", env = "PLIMSOLL_MODE")]
    pub(super) mode: Option<Mode>,
    /// How the preview is written.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "PLIMSOLL_FORMAT")]
    pub(super) format: Format,
}

/// The form of the preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people: how many by namespace and rule, then which.
    Text,
    /// For programs: the records of `audit`, and the same counts.
    Json,
}
