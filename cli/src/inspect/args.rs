//! Options of the verbs that look at a store.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::range;

/// Options of `check`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Root of a store, directory of a log, or directory of one partition.
    pub(crate) dir: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Options of `dump`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct DumpArgs {
    /// Root of a store, directory of a log, or directory of one partition.
    pub(crate) dir: PathBuf,
    /// Show the records with these keys (of a Raft log: indexes): `A..B` without B, `A..=B`, `A..`,
    /// `..B`.
    #[arg(long, value_parser = range::parse, conflicts_with = "entry")]
    pub(crate) range: Option<RangeInclusive<u64>>,
    /// Show the record with this key, whole.
    #[arg(long, value_name = "N")]
    pub(crate) entry: Option<u64>,
    /// Only this partition, by its UUID.
    #[arg(long, value_name = "UUID")]
    pub(crate) partition: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Options of `repair`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct RepairArgs {
    /// Root of a store, directory of a log, or directory of one partition.
    pub(crate) dir: PathBuf,
    /// Do it; without this, only say what would be done.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Tables.
    #[default]
    Human,
    /// One JSON document per line.
    Json,
}
