//! The webhook's protocol, from the bytes of a request to the bytes of the answer, without a
//! socket. Numbers such as F-11 are those of the faults that a webhook must survive.

mod answers;
mod bounds;
#[path = "../support/committed.rs"]
mod committed;
mod damage;
mod envelope;
mod fixture;
mod hostile;
mod http;
mod kinds;
mod ratchet;
#[path = "../support/review.rs"]
mod review;
mod semantics;
mod types;
mod users;
mod warnings;
