//! A profile as pprof reads it: the messages of `profile.proto`, and how a report becomes one.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use pprof::{Report, Symbol};
use prost::Message;

/// Of its fields those that are set here; the strings of all of them stand in one table.
#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

/// A stack, the innermost function first, and how often it was seen, in number and in time.
#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

/// A place in the program, and the functions that it is in: several where some were inlined.
#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

/// A number as the format has it.
fn signed(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// The number of something in a list that begins with 1.
fn numbered(count: usize) -> u64 {
    u64::try_from(count).map_or(u64::MAX, |count| count.saturating_add(1))
}

/// The profile while it grows.
#[derive(Default)]
struct Growing {
    profile: Profile,
    strings: HashMap<String, i64>,
    functions: HashMap<String, u64>,
    locations: HashMap<Vec<(u64, u32)>, u64>,
}

impl Growing {
    fn string(&mut self, text: &str) -> i64 {
        if let Some(&index) = self.strings.get(text) {
            return index;
        }
        let index = signed(self.profile.string_table.len());
        self.profile.string_table.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }

    fn function(&mut self, symbol: &Symbol) -> u64 {
        let system_name = symbol.sys_name();
        if let Some(&id) = self.functions.get(&*system_name) {
            return id;
        }
        let id = numbered(self.profile.function.len());
        let function = Function {
            id,
            name: self.string(&symbol.name()),
            system_name: self.string(&system_name),
            filename: self.string(&symbol.filename()),
        };
        self.profile.function.push(function);
        self.functions.insert(system_name.into_owned(), id);
        id
    }

    fn location(&mut self, symbols: &[Symbol]) -> u64 {
        let lines: Vec<(u64, u32)> =
            symbols.iter().map(|symbol| (self.function(symbol), symbol.lineno())).collect();
        if let Some(&id) = self.locations.get(&lines) {
            return id;
        }
        let id = numbered(self.profile.location.len());
        let line = |&(function_id, line): &(u64, u32)| Line { function_id, line: i64::from(line) };
        self.profile.location.push(Location { id, line: lines.iter().map(line).collect() });
        self.locations.insert(lines, id);
        id
    }
}

/// The report of a profiler that noted `frequency` stacks a second since `start`.
pub(super) fn encode(report: &Report, frequency: i32, start: SystemTime) -> Vec<u8> {
    let mut growing = Growing::default();
    let period = 1_000_000_000 / i64::from(frequency.max(1));
    // The first one is empty, as the format wants it.
    let [_, samples, count, cpu, nanoseconds] =
        ["", "samples", "count", "cpu", "nanoseconds"].map(|text| growing.string(text));
    let of_time = ValueType { kind: cpu, unit: nanoseconds };
    growing.profile.sample_type = vec![ValueType { kind: samples, unit: count }, of_time];
    growing.profile.period_type = Some(of_time);
    growing.profile.period = period;
    growing.profile.time_nanos =
        signed(start.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos());
    growing.profile.duration_nanos = signed(report.timing.duration.as_nanos());
    let mut stacks: Vec<_> = report.data.iter().collect();
    stacks.sort_by_key(|(_, times)| Reverse(**times));
    for (stack, &times) in stacks {
        let location_id = stack.frames.iter().map(|frame| growing.location(frame)).collect();
        let times = signed(times);
        let value = vec![times, times.saturating_mul(period)];
        growing.profile.sample.push(Sample { location_id, value });
    }
    growing.profile.encode_to_vec()
}
