//! Clients that write good and bad Deployments in turn, and count what becomes of them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api::{Answer, Api};
use crate::cluster::Cluster;
use crate::scenario::workloads;

/// How many clients write at once; as many writes can be under way when something breaks.
pub const WRITERS: usize = 4;
/// One write in so many is no dry run.
const REAL: usize = 8;
/// What a client rests between two writes: the cluster lives on the same processors.
const REST: Duration = Duration::from_millis(5);

/// Running clients.
pub struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<Counts>>,
}

/// What became of the writes.
#[derive(Default)]
pub struct Counts {
    pub good_in: usize,
    pub good_lost: usize,
    pub bad_refused: usize,
    pub bad_in: usize,
    /// Neither let in nor looked at: nobody answered the API server.
    pub bad_unseen: usize,
    pub real: usize,
    pub slowest: Duration,
    /// When the first and the last write that went wrong was begun and ended.
    pub trouble: Option<(Instant, Instant)>,
    pub complaint: Option<String>,
}

impl Load {
    /// Starts the clients, which write into the namespace [`workloads::NAMESPACE`].
    pub fn start(cluster: &Cluster) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let writer = |number: usize| {
            let (api, stop) = (cluster.api(), Arc::clone(&stop));
            std::thread::spawn(move || write(number, api, &stop))
        };
        let writers = (0..WRITERS).map(writer).collect();
        Self { stop, writers }
    }

    /// Ends them.
    pub fn stop(self) -> Counts {
        self.stop.store(true, Ordering::Relaxed);
        let mut sum = Counts::default();
        for writer in self.writers {
            sum.add(writer.join().expect("a writer"));
        }
        sum
    }
}

impl Counts {
    /// How many went wrong because nobody answered.
    pub fn lost(&self) -> usize {
        self.good_lost + self.bad_unseen
    }

    /// The seconds between the begin of the first and the end of the last of them.
    pub fn seconds_of_trouble(&self) -> f64 {
        self.trouble.map_or(0.0, |(from, to)| (to - from).as_secs_f64())
    }

    fn add(&mut self, other: Self) {
        self.good_in += other.good_in;
        self.good_lost += other.good_lost;
        self.bad_refused += other.bad_refused;
        self.bad_in += other.bad_in;
        self.bad_unseen += other.bad_unseen;
        self.real += other.real;
        self.slowest = self.slowest.max(other.slowest);
        if let Some((from, to)) = other.trouble {
            self.troubled(from, to);
        }
        self.complaint = self.complaint.take().or(other.complaint);
    }

    fn troubled(&mut self, from: Instant, to: Instant) {
        let (first, last) = self.trouble.unwrap_or((from, to));
        self.trouble = Some((first.min(from), last.max(to)));
    }

    fn count(&mut self, is_good: bool, begun: Instant, answer: &Result<Answer, String>) {
        let ended = Instant::now();
        self.slowest = self.slowest.max(ended - begun);
        let went_in = answer.as_ref().is_ok_and(Answer::success);
        let refused = answer.as_ref().is_ok_and(is_refusal);
        let count = match (is_good, went_in) {
            (true, true) => &mut self.good_in,
            (true, false) => &mut self.good_lost,
            (false, true) => &mut self.bad_in,
            (false, false) if refused => &mut self.bad_refused,
            (false, false) => &mut self.bad_unseen,
        };
        *count += 1;
        if is_good != went_in || (!is_good && !refused) {
            self.troubled(begun, ended);
            let complaint = match answer {
                Ok(answer) => format!("{} {}", answer.status, answer.message()),
                Err(error) => error.clone(),
            };
            self.complaint.get_or_insert(complaint);
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "good {} in, {} lost; bad {} refused, {} unseen, {} let in; {} for real; slowest {:.2} s",
            self.good_in,
            self.good_lost,
            self.bad_refused,
            self.bad_unseen,
            self.bad_in,
            self.real,
            self.slowest.as_secs_f64()
        )
    }
}

/// Whether the webhook has looked at the object and said no, which is not the API server's complaint
/// that it could not ask.
pub fn is_refusal(answer: &Answer) -> bool {
    answer.status == 403 && answer.message().contains("denied the request")
}

fn write(number: usize, mut api: Api, stop: &AtomicBool) -> Counts {
    let mut counts = Counts::default();
    let kinds = [(true, workloads::good()), (false, workloads::bad())];
    for turn in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let (is_good, object) = &kinds[turn % 2];
        // Real ones come in pairs, a good and a bad.
        let is_real = (turn / 2) % REAL == 0;
        let name = format!("writer-{number}-{turn}");
        let object = named(object, &name);
        let path = if is_real {
            workloads::PATH.to_owned()
        } else {
            format!("{}?dryRun=All", workloads::PATH)
        };
        let begun = Instant::now();
        let answer = api.create(&path, &object);
        counts.count(*is_good, begun, &answer);
        counts.real += usize::from(is_real);
        if is_real && answer.is_ok_and(|answer| answer.success()) {
            let _ = api.delete(&format!("{}/{name}", workloads::PATH));
        }
        sleep(REST);
    }
    counts
}

/// The object under a name of its own. It is paused, so that no Pod is made of it.
fn named(object: &Value, name: &str) -> Value {
    let mut object = object.clone();
    object["metadata"]["name"] = json!(name);
    object["spec"]["paused"] = json!(true);
    object
}
