//! `plimsoll preview`: what policies would refuse of what runs, before they are in force.

mod args;

pub(super) use args::Args;

use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use tokio::runtime::Builder;

use super::ExitStatus;
use super::audit::{AuditError, Exceptions, Question, look, status};
use super::output::WhileRead;
use crate::audit::{Preview, SOMEBODY, write_preview, write_preview_as_json};
use crate::policy::{BoundPolicy, Documents, Snapshot};
use crate::text::{clipped, printable};
use args::Format;

pub(super) fn run(args: &Args) -> Result<ExitStatus, AuditError> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(AuditError::Start)?;
    let preview = runtime.block_on(previewed(args))?;
    let mut out = BufWriter::new(WhileRead::new(io::stdout().lock()));
    let piece = |piece: &str| Ok::<(), AuditError>(out.write_all(piece.as_bytes())?);
    match args.format {
        Format::Text => write_preview(&preview, piece)?,
        Format::Json => write_preview_as_json(&preview, piece)?,
    }
    out.flush()?;
    Ok(status(&preview.audit))
}

async fn previewed(args: &Args) -> Result<Preview, AuditError> {
    let question = Question {
        has_patches: args.format == Format::Json,
        exceptions: Exceptions::OfTheCluster,
        requester: Some(&SOMEBODY),
        change: &|snapshot| chosen(args, snapshot),
    };
    let (audit, snapshot) = look(&args.look, &question).await?;
    Ok(Preview::of(audit, &snapshot, args.mode))
}

/// The policies that are meant, in the mode that is asked for.
fn chosen(args: &Args, snapshot: &Snapshot) -> Result<Snapshot, AuditError> {
    let all = snapshot.policies();
    if let Some(name) = args.names.iter().find(|name| !all.iter().any(|p| *p.name == ***name)) {
        let known: Vec<String> = all.iter().map(|policy| format!("`{}`", policy.name)).collect();
        let known = printable(&clipped(&known.join(", "), 300)).into_owned();
        return Err(AuditError::NoSuchPolicy { name: name.clone(), known });
    }
    let is_meant = |policy: &&Arc<BoundPolicy>| {
        args.names.is_empty() || args.names.iter().any(|name| **name == *policy.name)
    };
    let in_mode = |policy: &Arc<BoundPolicy>| match args.mode {
        Some(mode) => Arc::new(policy.in_mode(mode)),
        None => Arc::clone(policy),
    };
    let policies = all.iter().filter(is_meant).map(in_mode).collect();
    let exceptions = snapshot.exceptions();
    let terms = exceptions.terms().clone();
    Ok(Snapshot::of(
        Documents { policies, exceptions: exceptions.shared().cloned().collect() },
        terms,
    ))
}
