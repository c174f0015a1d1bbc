//! raft-log: calls are written by `flush`, whose callback promises that they are durable.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use raft_log_verify::log::{
    Ack, Entry, Grown, IndexRange, LogId, LogState, NoReader, ReadEntry, Vote,
};
use raft_log_verify::{Log, LogError, Tuning};

use crate::bare::Bare;
use crate::case::Case;

/// Term, node and index of an id; the same of a vote, with 1 for one that was granted.
type Triple = ((u64, u64), u64);

fn triple(id: LogId) -> Triple {
    ((id.term, id.node), id.index)
}

fn id(triple: &Triple) -> LogId {
    let ((term, node), index) = *triple;
    LogId { term, node, index }
}

/// How long an answer is waited for. None comes where the log's worker has ended.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Who waits for a flush.
enum Waits {
    Append(Ack),
    Caller(SyncSender<io::Result<()>>),
}

impl Waits {
    fn tell(self, result: io::Result<()>) {
        match self {
            Self::Append(ack) => ack.complete(result),
            Self::Caller(caller) => drop(caller.send(result)),
        }
    }
}

macro_rules! binding {
    ($version:ident, $config:expr, |$log:ident, $waits:ident| $flush:expr) => {
        mod $version {
            use super::*;
            use ::$version::api::raft_log_writer::RaftLogWriter as _;
            use ::$version::{Callback, Config, RaftLog, Types};

            #[derive(Debug, Default, Clone, PartialEq, Eq)]
            struct Kinds;

            impl Types for Kinds {
                type LogId = Triple;
                type LogPayload = Vec<u8>;
                type Vote = Triple;
                type Callback = Told;
                type UserData = String;

                fn log_index(id: &Triple) -> u64 {
                    id.1
                }

                fn payload_size(payload: &Vec<u8>) -> u64 {
                    payload.len() as u64
                }
            }

            struct Told(Waits);

            impl Callback for Told {
                fn send(self, result: io::Result<()>) {
                    self.0.tell(result);
                }
            }

            struct Store(RaftLog<Kinds>);

            impl Store {
                fn open(dir: &Path, tuning: Tuning) -> Result<Self, LogError> {
                    let mut config = Config::new(dir.display());
                    let size: fn(&mut Config, usize) = $config;
                    size(&mut config, tuning.segment_bytes as usize);
                    Ok(Self(RaftLog::open(Arc::new(config))?))
                }

                fn flush(&mut self, waits: Option<Waits>) -> io::Result<()> {
                    let ($log, $waits) = (&mut self.0, waits.map(Told));
                    $flush
                }

                fn flushed(&mut self) -> Result<(), LogError> {
                    let (tell, told) = sync_channel(1);
                    self.flush(Some(Waits::Caller(tell)))?;
                    Ok(told.recv_timeout(ANSWERS_WITHIN)??)
                }
            }

            impl Log for Store {
                type Reader = NoReader;

                async fn append(&mut self, entries: Vec<Entry>, ack: Ack) -> Result<(), LogError> {
                    let mut encoded = Vec::new();
                    for entry in entries {
                        encoded.push((triple(entry.id), Grown::from(entry).to_bytes()?));
                    }
                    self.0.append(encoded)?;
                    Ok(self.flush(Some(Waits::Append(ack)))?)
                }

                async fn truncate(
                    &mut self,
                    from: LogId,
                    _: Option<LogId>,
                ) -> Result<(), LogError> {
                    self.0.truncate(from.index)?;
                    self.flushed()
                }

                async fn purge(&mut self, upto: LogId) -> Result<(), LogError> {
                    self.0.purge(triple(upto))?;
                    self.flushed()
                }

                async fn save_vote(&mut self, vote: Vote) -> Result<(), LogError> {
                    let granted = u64::from(vote.committed);
                    self.0.save_vote(((vote.term, vote.node), granted))?;
                    self.flushed()
                }

                async fn vote(&mut self) -> Result<Option<Vote>, LogError> {
                    let vote = self.0.log_state().vote().copied();
                    Ok(vote.map(|((term, node), granted)| Vote {
                        term,
                        node,
                        committed: granted == 1,
                    }))
                }

                async fn save_committed(
                    &mut self,
                    committed: Option<LogId>,
                ) -> Result<(), LogError> {
                    if let Some(committed) = committed {
                        self.0.commit(triple(committed))?;
                        self.flush(None)?;
                    }
                    Ok(())
                }

                async fn committed(&mut self) -> Result<Option<LogId>, LogError> {
                    Ok(self.0.log_state().committed().map(id))
                }

                async fn state(&mut self) -> Result<LogState, LogError> {
                    let state = self.0.log_state();
                    Ok(LogState {
                        purged: state.purged().map(id),
                        last: state.last().map(id),
                    })
                }

                async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
                    let (from, to) = bounds(range);
                    let entries = self.0.read(from, to).map(|entry| {
                        let (at, fingerprint) = entry?;
                        Ok(ReadEntry {
                            id: id(&at),
                            fingerprint,
                        })
                    });
                    entries.collect()
                }

                async fn reader(&mut self) -> Option<NoReader> {
                    None
                }
            }

            pub(super) fn subject(name: &str) -> Bare<impl Log> {
                Bare::new(name, Store::open)
            }
        }
    };
}

/// The indexes of a range, from the first to behind the last.
fn bounds(range: IndexRange) -> (u64, u64) {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let from = match range.start {
        Included(index) => index,
        Excluded(index) => index + 1,
        Unbounded => 0,
    };
    let to = match range.end {
        Included(index) => index + 1,
        Excluded(index) => index,
        Unbounded => u64::MAX,
    };
    (from, to.max(from))
}

binding!(
    raft_log_0_4,
    |config, bytes| config.wal.chunk_max_size = Some(bytes),
    |log, waits| log.flush(waits.is_some(), waits)
);
binding!(
    raft_log_0_3,
    |config, bytes| config.chunk_max_size = Some(bytes),
    |log, waits| log.flush(waits)
);

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::of(raft_log_0_4::subject("raft-log-0.4").created_before())
            .breaks(&["open-after-crash"]),
        Case::of(raft_log_0_4::subject("raft-log-0.4-creation")).breaks(&["open-after-crash"]),
        Case::of(raft_log_0_3::subject("raft-log-0.3").created_before())
            .breaks(&["append-durability"])
            .breaks_at_times(&["read-your-append"]),
    ]
}
