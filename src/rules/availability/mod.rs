//! Whether a workload is there when its users are.

pub(super) mod autoscaling;
pub(super) mod pod_disruption_budget;
pub(super) mod pre_stop;
pub(super) mod priority_class;
pub(super) mod replicas;
pub(super) mod termination_grace;
pub(super) mod update_strategy;
