//! Whether a workload is there when its users are.

pub(super) mod replicas;
pub(super) mod update_strategy;
