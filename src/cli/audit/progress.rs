//! How far the audit has come, on standard error where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far the audit has come; nothing is written where nobody is at a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
}

/// The kind, how many of them, how many a second, and how long the rest will take.
const OF_A_NUMBER: &str = "{prefix} {pos}/{len}  {per_sec}  {eta} left";

/// The same, where nobody says how many there are.
const OF_ANY: &str = "{prefix} {pos}  {per_sec}";

impl Progress {
    pub(super) fn new() -> Self {
        // It draws nothing where that is no terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self { bar }
    }

    /// The next kind is looked at.
    pub(super) fn begin(&self, what: String) {
        self.bar.reset();
        self.bar.unset_length();
        self.style(OF_ANY);
        self.bar.set_prefix(what);
    }

    /// So many objects were looked at, and so many are left, where that is known.
    pub(super) fn at(&self, done: usize, left: Option<u64>) {
        let done = u64::try_from(done).unwrap_or(u64::MAX);
        if let Some(left) = left {
            self.bar.set_length(done.saturating_add(left));
            self.style(OF_A_NUMBER);
        }
        self.bar.set_position(done);
    }

    /// All is looked at.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }
}
