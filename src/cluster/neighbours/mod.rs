//! The neighbours that rules ask for: of each kind that tells of them the objects are followed, for
//! as long as some rule in force asks.
//!
//! A kind that the cluster does not have has no objects, and is looked for again now and then; one
//! that may not be listed is not looked at; and while a watch is broken what was known is stale. None
//! of it keeps another kind from being followed (F-40, F-83, F-94).

mod course;
mod follower;
mod standing;

pub use course::{Change, Way};
pub use follower::{Follower, Wanted};
pub use standing::Standing;
