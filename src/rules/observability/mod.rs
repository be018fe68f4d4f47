//! Who sees how it goes.

pub(super) mod alert_rules;
pub(super) mod dangling_monitor;
pub(super) mod metrics_scraped;
pub(super) mod prometheus_rules;
mod quotient;
