//! How many files the process may have open; every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open besides connections: streams, sockets, the runtimes' own, files that are read.
const OTHERS: usize = 64;

/// Raises the soft limit to the hard one, and returns what then is the limit; none where there is
/// no limit.
///
/// The soft limit is low for programs that use `select`, which cannot take more than 1,024.
pub fn raise_limit() -> Option<usize> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let limit = if raised.is_ok() { maximum } else { current };
    limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// How many of the `wanted` connections fit in where so many files may be open, with room for
/// `admin` ones; at least one.
pub fn connections_within(limit: Option<usize>, wanted: usize, admin: usize) -> usize {
    let room = limit.map_or(usize::MAX, |limit| limit.saturating_sub(OTHERS + admin));
    wanted.min(room.max(1))
}
