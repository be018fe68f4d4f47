//! Whether a workload is there when its users are.

pub(super) mod autoscaling;
pub(super) mod pod_disruption_budget;
pub(super) mod replicas;
pub(super) mod update_strategy;
