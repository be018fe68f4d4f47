//! `plimsoll unregister`: takes the registration away, when Plimsoll goes for good.

use std::time::Duration;

use thiserror::Error;
use tokio::runtime::Builder;

use super::serve::PlaceArgs;
use super::{ExitStatus, print};
use crate::cluster::client::{ClientError, connect};
use crate::cluster::registration::{CONFIGURATION, Removal, remove};
use crate::text::error_chain;

/// How often it is tried, and how long is waited in between: an API server may be starting.
const ATTEMPTS: u32 = 10;
const REST: Duration = Duration::from_secs(3);

/// Delete the webhook configuration, so that the API server asks Plimsoll no more.
///
/// It needs no running server. There is nothing to do where there is no configuration.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Error)]
pub(super) enum UnregisterError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("cannot start")]
    Start(#[source] std::io::Error),
    #[error("cannot write what was done")]
    Write(#[source] std::io::Error),
    #[error(
        "the webhook configuration `{CONFIGURATION}` is still there, because {0}; \
         delete it with `kubectl delete validatingwebhookconfiguration {CONFIGURATION}`"
    )]
    Remains(String),
}

pub(super) fn run(args: &Args) -> Result<ExitStatus, UnregisterError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(UnregisterError::Start)?;
    let removal = runtime.block_on(async {
        let client = connect(&args.place.place(), None).await?;
        let mut attempt = 1;
        loop {
            match remove(&client).await {
                Ok(removal) => return Ok(removal),
                Err(error) if attempt == ATTEMPTS => {
                    return Err(UnregisterError::Remains(error_chain(&error)));
                }
                Err(_) => attempt += 1,
            }
            tokio::time::sleep(REST).await;
        }
    })?;
    let done = match removal {
        Removal::Removed => "the webhook configuration is deleted; nothing is reviewed any more\n",
        Removal::WasGone => "there is no webhook configuration\n",
    };
    print(done).map_err(UnregisterError::Write)?;
    Ok(ExitStatus::Clean)
}
