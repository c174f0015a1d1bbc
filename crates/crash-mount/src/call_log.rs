//! The calls of a mount, as a stream of bytes: a line of JSON for each, and behind that of a write its bytes.

use std::io::{self, BufRead, Read, Write};

use crash_disk::sim::CrashPoint;

use super::DiskCall;

/// A call log that cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct LogError {
    /// Where the line of the call begins, in bytes.
    pub offset: u64,
    /// What was expected there.
    pub expected: &'static str,
    /// What is wrong.
    pub source: io::Error,
}

impl std::fmt::Display for LogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            offset,
            expected,
            source,
        } = self;
        write!(
            f,
            "call log at byte {offset}: expected {expected}: {source}"
        )
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The calls of a mount, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallLog {
    /// The calls.
    pub calls: Vec<DiskCall>,
}

impl CallLog {
    /// Reads a log. A last call that is not whole is left out: the server was killed while it wrote it, and so the
    /// program had no answer.
    ///
    /// # Errors
    /// [`LogError`] at the first line that is no call.
    pub fn read(mut from: impl BufRead) -> Result<Self, LogError> {
        let mut log = Self::default();
        let (mut offset, mut line) = (0, Vec::new());
        loop {
            line.clear();
            let failed = |expected, source| LogError {
                offset,
                expected,
                source,
            };
            let len = from
                .read_until(b'\n', &mut line)
                .map_err(|e| failed("a line", e))?;
            if line.pop() != Some(b'\n') {
                return Ok(log);
            }
            let mut call: DiskCall =
                serde_json::from_slice(&line).map_err(|e| failed("a call", io::Error::other(e)))?;
            let mut behind = 0;
            if let DiskCall::Write { bytes, len, .. } = &mut call {
                let room = u64::try_from(*len).unwrap_or(u64::MAX);
                let read = from.by_ref().take(room).read_to_end(bytes);
                behind = read.map_err(|e| failed("the bytes of a write", e))?;
                if behind < *len {
                    return Ok(log);
                }
            }
            log.calls.push(call);
            offset += (len + behind) as u64;
        }
    }

    /// The calls up to a crash point; inside a write, so many of its bytes.
    #[must_use]
    pub fn up_to(&self, point: CrashPoint) -> Self {
        let mut steps = 0;
        let mut calls = Vec::new();
        for call in &self.calls {
            steps += u64::from(call.is_step());
            if steps <= point.complete_calls() {
                calls.push(call.clone());
                continue;
            }
            if let (CrashPoint::Inside { bytes: issued, .. }, DiskCall::Write { bytes, .. }) =
                (point, call)
            {
                let mut part = call.clone();
                let issued = usize::try_from(issued).unwrap_or(usize::MAX);
                part.cut(issued.min(bytes.len()));
                calls.push(part);
            }
            break;
        }
        Self { calls }
    }

    /// Appends a call to a log.
    ///
    /// # Errors
    /// Whatever `to` says; part of the call may have been written.
    pub fn append(call: &DiskCall, to: &mut impl Write) -> io::Result<()> {
        let mut record = serde_json::to_vec(call)?;
        record.push(b'\n');
        if let DiskCall::Write { bytes, .. } = call {
            record.extend_from_slice(bytes);
        }
        to.write_all(&record)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_as_it_was_written_and_up_to_a_torn_call() {
        let bytes = b"with a\nnewline".to_vec();
        let calls = vec![
            DiskCall::Create {
                path: "/a".into(),
                file: 2,
            },
            DiskCall::Write {
                file: 2,
                offset: 7,
                len: bytes.len(),
                bytes,
            },
            DiskCall::SyncAll { file: 2 },
        ];
        let (mut text, mut ends) = (Vec::new(), vec![0]);
        for call in &calls {
            CallLog::append(call, &mut text).unwrap();
            ends.push(text.len());
        }
        for cut in 0..=text.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            let log = CallLog::read(text.get(..cut).unwrap()).unwrap();
            assert_eq!(log.calls, calls.get(..whole).unwrap(), "cut at {cut}");
        }
    }

    #[test]
    fn a_line_that_is_no_call_is_told_with_its_place() {
        let error = CallLog::read(&b"{\"sync-dir\":{\"path\":\"/\"}}\n{}\n"[..]).unwrap_err();
        assert_eq!(error.offset, 26);
    }
}
