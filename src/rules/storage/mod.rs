//! Where data lives.

pub(super) mod backup_schedule;
pub(super) mod persistent_storage;
pub(super) mod storage_class;
