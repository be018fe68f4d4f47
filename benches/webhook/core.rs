//! `--core`: the review alone, without a socket, for profilers and quick comparisons.

use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use plimsoll::policy::{PRODUCTION, Snapshot, built_in};
use plimsoll::serve::answer;

use crate::sample;

/// Answers the sample review `times` times; prints microseconds for each.
pub fn run(times: u32) {
    let snapshot = Snapshot::new(built_in(PRODUCTION).unwrap());
    let body = sample::deployment_review();
    let now = Timestamp::now();
    for _ in 0..5 {
        let begun = Instant::now();
        for _ in 0..times {
            let answer = answer(black_box(body.as_bytes()), &snapshot, now).unwrap();
            assert!(black_box(answer).response.allowed);
        }
        println!("{:.2} µs a review", begun.elapsed().as_secs_f64() * 1e6 / f64::from(times));
    }
}
