//! The stream that log lines go into: gathered in memory, written by a thread of its own.
//!
//! Under load a hundred lines go out in one write. A line that is handed to a thread by itself
//! (tracing-appender was tried) costs two switches of context, as much as the review that it is
//! about. A line waits for at most [`PAUSE`]; where nobody reads the stream, lines are dropped and
//! counted, for a log must not hold up a cluster.

use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long lines are gathered.
const PAUSE: Duration = Duration::from_millis(10);

/// How many bytes of lines may wait.
const LIMIT: usize = 4 << 20;

/// How long the end waits for the last lines to be written: where nobody reads the stream, for
/// nothing.
const LAST: Duration = Duration::from_secs(1);

/// A stream of lines; each `write` is one.
#[derive(Debug, Clone)]
pub struct LogStream(Arc<Buffer>);

#[derive(Debug, Default)]
struct Buffer {
    waiting: Mutex<Vec<u8>>,
    wake: Condvar,
    dropped: AtomicU64,
    finishing: AtomicBool,
}

/// Waits when it is dropped until what is left is written out, but not for long.
#[derive(Debug)]
pub struct Finish(LogStream, Receiver<()>);

impl LogStream {
    /// Starts the thread that writes to `target`.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(target: Box<dyn Write + Send>) -> io::Result<(Self, Finish)> {
        let stream = Self(Arc::default());
        let writer = stream.clone();
        let (done, is_done) = sync_channel(1);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            writer.write_out(target);
            // Nobody is left to tell where the wait was over before.
            let _ = done.send(());
        })?;
        Ok((stream.clone(), Finish(stream, is_done)))
    }

    /// How many lines nobody took.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Hands over one line with its line break.
    pub fn push(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        if waiting.len() + line.len() > LIMIT {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let was_empty = waiting.is_empty();
        waiting.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.0.wake.notify_one();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        // A panic while it is held leaves at worst half a line.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_out(&self, mut target: Box<dyn Write + Send>) {
        let mut lines = Vec::new();
        loop {
            let finishing = self.0.finishing.load(Ordering::Acquire);
            let mut waiting = self.waiting();
            if waiting.is_empty() {
                if finishing {
                    return;
                }
                drop(self.0.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner));
                if !self.0.finishing.load(Ordering::Acquire) {
                    thread::sleep(PAUSE);
                }
                continue;
            }
            lines.clear();
            mem::swap(&mut *waiting, &mut lines);
            drop(waiting);
            // A closed stream is the end of the log, not of the webhook.
            let _ = target.write_all(&lines).and_then(|()| target.flush());
        }
    }
}

impl Write for LogStream {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        let Self(stream, is_done) = self;
        // Under the lock, so that the writer cannot miss it between looking and waiting.
        let waiting = stream.waiting();
        stream.0.finishing.store(true, Ordering::Release);
        drop(waiting);
        stream.0.wake.notify_one();
        // The thread that is stuck in a write ends with the process.
        let _ = is_done.recv_timeout(LAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    struct Target(Sender<Vec<u8>>);

    impl Write for Target {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_in_order_and_the_last_ones_at_the_end() {
        let (sender, written) = channel();
        let (stream, finish) = LogStream::start(Box::new(Target(sender))).expect("a thread");
        let lines: Vec<String> = (0..1_000).map(|n| format!("line {n}\n")).collect();
        for line in &lines {
            stream.push(line.as_bytes());
        }
        drop(finish);
        let writes: Vec<Vec<u8>> = written.try_iter().collect();
        assert_eq!(String::from_utf8(writes.concat()).expect("text"), lines.concat());
        assert!(writes.len() < 500, "many lines in one write: {}", writes.len());
        assert_eq!(stream.dropped(), 0);
    }

    #[test]
    fn a_stream_that_nobody_reads_does_not_hold_up_the_end() {
        struct Stuck(Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (_never, reads) = sync_channel(1);
        let (stream, finish) = LogStream::start(Box::new(Stuck(reads))).expect("a thread");
        stream.push(b"line\n");
        let start = std::time::Instant::now();
        drop(finish);
        assert!(start.elapsed() < LAST * 5, "{:?}", start.elapsed());
    }

    #[test]
    fn what_nobody_takes_is_dropped_and_counted() {
        let stream = LogStream(Arc::default());
        for _ in 0..5 {
            stream.push(&vec![b'x'; 1 << 20]);
        }
        assert_eq!(stream.dropped(), 1);
    }
}
