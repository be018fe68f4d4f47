//! Which traffic reaches a workload.

pub(super) mod external_ips;
pub(super) mod service_exposure;
