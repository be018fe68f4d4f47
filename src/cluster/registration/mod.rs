//! The registration of the webhook with the API server: one `ValidatingWebhookConfiguration`, made
//! from the policies in force by the replica that holds the Lease.
//!
//! It is made only once this server answers (F-88), made anew when the policies change, and mended
//! where somebody edited it; one that was deleted stays deleted until an operator asks for it (F-89).
//! What has to be done at a moment is said in [`decision`], and done by [`registrar`].

mod bundle;
mod configuration;
mod covered;
pub mod decision;
mod extra;
mod installation;
mod introduction;
mod normal;
mod options;
pub mod registrar;
mod removal;
mod replicas;
mod server;
mod standing;
mod target;

pub use configuration::{
    ADVICE_NAME, CONFIGURATION, NAME, OWN_NAME, Registration, TIMEOUT_SECONDS, configuration,
};
pub use covered::Covered;
pub use extra::{Extra, ExtraError};
pub use options::{Inputs, Options};
pub use removal::{Removal, remove};
pub use server::Server;
pub use standing::Standing;
pub use target::{NotATarget, Target};
