//! Whether a workload is there when its users are.

pub(super) mod autoscaler_bounds;
pub(super) mod autoscaler_target;
pub(super) mod autoscaling;
pub(super) mod blocking_disruption_budget;
pub(super) mod fixed_replicas_under_autoscaler;
pub(super) mod headless_service;
pub(super) mod pod_disruption_budget;
pub(super) mod pre_stop;
pub(super) mod priority_class;
pub(super) mod replicas;
pub(super) mod restart_policy;
pub(super) mod termination_grace;
pub(super) mod topology_spread;
pub(super) mod unhealthy_pod_eviction;
pub(super) mod update_strategy;
