//! How the certificate in use is replaced by a new one, from files or from a Secret.
//!
//! Files are compared by content at an interval. The kubelet swaps a symbolic link, which a watch on
//! the file misses (F-53); half-written pairs do not fit together and are not taken (F-54). Whatever
//! is wrong with new files, the old pair stays (F-55, F-56). Where the webhook is registered, a pair
//! of another authority waits until what is registered trusts it (F-57).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::metrics::Metrics;
use super::tls::{Certificate, PairFiles, Served, TlsError};
use crate::cluster::certificates::keeper::Current;
use crate::cluster::certificates::trust::{Trust, certificates};
use crate::cluster::certificates::{PemPair, Unusable, authority};
use crate::text::error_chain;

/// The certificate that is replaced, and who counts it.
pub struct Renewal {
    /// What is in use.
    pub certificate: Arc<Certificate>,
    /// Who counts.
    pub metrics: Arc<Metrics>,
    /// How often files, and the clock, are looked at.
    pub interval: Duration,
}

impl Renewal {
    /// Reads the files again, for good; `known` is what they held.
    ///
    /// A pair that was not taken is looked at again each time: its day may come.
    pub async fn from_files(self, files: PairFiles, mut known: PemPair, trust: Option<Trust>) {
        let mut told = Told::default();
        loop {
            tokio::time::sleep(self.interval).await;
            let (files_to_read, before) = (files.clone(), known.clone());
            let read = tokio::task::spawn_blocking(move || {
                let pair = files_to_read.read()?;
                if pair == before {
                    return Ok(None);
                }
                let served = Served::new(&pair, &files_to_read.name(), Timestamp::now())?;
                Ok(Some((pair, served)))
            });
            match read.await {
                Ok(Ok(None)) => told.rejected = None,
                Ok(Ok(Some((pair, served)))) => {
                    let is_taken = trust.as_ref().is_none_or(|trust| trust.takes(&pair));
                    if is_taken || self.unusable().is_some() {
                        self.take(served);
                        known = pair;
                        told = Told { unusable: told.unusable, ..Told::default() };
                    } else if !std::mem::replace(&mut told.waits, true) {
                        tracing::info!(
                            "the new certificate is of an authority that every API server has yet \
                             to learn of; the old one is served until then"
                        );
                    }
                }
                Ok(Err(error)) => {
                    told.rejected(&error);
                    self.metrics.certificate_rejected();
                }
                Err(_) => tracing::error!("reading the certificate failed"),
            }
            told.in_use(self.unusable());
        }
    }

    /// Takes what a keeper hands out, for good.
    pub async fn from_keeper(self, mut current: watch::Receiver<Current>) {
        let mut told = Told::default();
        let mut known = None;
        loop {
            let pair = current.borrow_and_update().pair.clone();
            if let Some(pair) = pair.filter(|pair| known.as_ref() != Some(pair)) {
                match Served::new(&pair, "the Secret", Timestamp::now()) {
                    Ok(served) => {
                        self.take(served);
                        told.rejected = None;
                        known = Some(pair);
                    }
                    // It is looked at again: its day may come.
                    Err(error) => {
                        told.rejected(&error);
                        self.metrics.certificate_rejected();
                    }
                }
            }
            told.in_use(self.unusable().filter(|_| known.is_some()));
            // A keeper goes on for good; without one there is nothing more to take.
            if let Ok(Err(_)) = tokio::time::timeout(self.interval, current.changed()).await {
                tokio::time::sleep(self.interval).await;
            }
        }
    }

    fn take(&self, served: Served) {
        tracing::info!(not_after = served.not_after(), "serving a new certificate");
        self.metrics.certificate_expires(served.not_after());
        self.certificate.replace(served);
    }

    fn unusable(&self) -> Option<Unusable> {
        self.certificate.current()?.usable(Timestamp::now()).err()
    }
}

/// Reads the authorities in a file again every `interval`, for good; what cannot be read changes
/// nothing.
pub async fn follow_authorities(
    path: PathBuf,
    authorities: watch::Sender<Vec<String>>,
    interval: Duration,
) {
    let mut told = None;
    loop {
        let file = path.clone();
        let read = tokio::task::spawn_blocking(move || authority(&file)).await;
        match read {
            Ok(Ok(pem)) => {
                let found = certificates(&pem);
                authorities.send_if_modified(|known| {
                    let is_new = *known != found;
                    *known = found;
                    is_new
                });
                told = None;
            }
            Ok(Err(error)) => {
                let reason = error_chain(&error);
                if told.as_ref() != Some(&reason) {
                    tracing::error!(reason, "the authorities are not read; those known stay");
                    told = Some(reason);
                }
            }
            Err(_) => tracing::error!("reading the authorities failed"),
        }
        tokio::time::sleep(interval).await;
    }
}

/// What the log holds already, so that it does not hold it every two seconds.
#[derive(Default)]
struct Told {
    rejected: Option<String>,
    waits: bool,
    unusable: Option<Unusable>,
}

impl Told {
    fn rejected(&mut self, error: &TlsError) {
        let reason = error_chain(error);
        if self.rejected.as_ref() != Some(&reason) {
            tracing::error!(reason, "the new certificate is not taken; the old one is served on");
            self.rejected = Some(reason);
        }
    }

    fn in_use(&mut self, unusable: Option<Unusable>) {
        if let Some(reason) = unusable
            && self.unusable != unusable
        {
            tracing::error!(%reason, "the certificate in use cannot be used; not ready");
        }
        self.unusable = unusable;
    }
}
