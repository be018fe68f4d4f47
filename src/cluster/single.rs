//! One object, followed by its name.

use std::fmt::Debug;
use std::pin::pin;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::stream::StreamExt;
use kube::runtime::watcher::watch_object;
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::text::error_chain;

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Look<K> {
    /// Nothing yet.
    #[default]
    NotYet,
    /// It is not there.
    Absent,
    /// It is there.
    There(K),
}

impl<K> Look<K> {
    /// The object, where it is there.
    pub(super) fn object(&self) -> Option<&K> {
        match self {
            Self::There(object) => Some(object),
            Self::NotYet | Self::Absent => None,
        }
    }

    /// Whether it was looked for.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::NotYet)
    }
}

/// The longest rest after an error.
pub(super) const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// How long to rest after each of several errors.
pub(super) fn delays() -> impl Iterator<Item = Duration> + Send {
    let first = Duration::from_millis(200);
    let growing = ExponentialBuilder::default().with_min_delay(first).with_max_delay(LONGEST_DELAY);
    growing.with_jitter().without_max_times().build()
}

/// Follows the object `name` for good; what is known stays while the API server is away.
pub(super) fn follow<K>(api: Api<K>, name: &str) -> watch::Receiver<Look<K>>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    let (sender, receiver) = watch::channel(Look::NotYet);
    let name = name.to_owned();
    tokio::spawn(async move {
        let mut events = pin!(watch_object(api, &name));
        let mut delays = delays();
        let mut told = false;
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = sender.closed() => return,
            };
            match event {
                Some(Ok(found)) => {
                    delays = self::delays();
                    told = false;
                    sender.send_replace(found.map_or(Look::Absent, Look::There));
                }
                Some(Err(error)) => {
                    if !std::mem::replace(&mut told, true) {
                        let reason = error_chain(&error);
                        tracing::warn!(
                            name,
                            reason,
                            "not followed for a moment; what was known stays"
                        );
                    }
                    tokio::time::sleep(delays.next().unwrap_or(LONGEST_DELAY)).await;
                }
                None => return,
            }
        }
    });
    receiver
}
