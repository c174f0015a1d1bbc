//! What the figures were measured on.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::group::Times;

/// Writes whose latency is measured.
const SYNCS: u32 = 1_000;
const SYNC_BYTES: usize = 200;
/// What the priority is raised to; the usual one is 0.
const PRIORITY: i32 = -15;

/// The machine, and how long it takes to make 200 bytes durable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub kernel: String,
    pub file_system: String,
    pub directory: String,
    /// Load of the last minute, before the run and after it.
    pub load: [String; 2],
    pub priority: String,
    /// Write and fdatasync of 200 bytes on a growing file.
    pub sync_p50_us: f64,
    pub sync_p99_us: f64,
}

impl Machine {
    /// Looks at the machine, and raises the priority of this process where that is allowed.
    pub fn look(dir: &Path) -> Self {
        let priority = match rustix::process::setpriority_process(None, PRIORITY) {
            Ok(()) => format!("nice {PRIORITY}"),
            Err(error) => format!("as it was, raising it failed: {error}"),
        };
        let times = syncs(dir);
        Self {
            processor: processor(),
            cores: thread::available_parallelism().map_or(0, usize::from),
            kernel: read("/proc/sys/kernel/osrelease"),
            file_system: file_system(dir),
            directory: dir.display().to_string(),
            load: [load(), String::new()],
            priority,
            sync_p50_us: times.quantile_us(0.5),
            sync_p99_us: times.quantile_us(0.99),
        }
    }

    /// Notes the load at the end.
    pub fn look_again(&mut self) {
        self.load[1] = load();
    }

    /// The machine in words.
    pub fn print(&self) {
        println!("processor    {}, {} cores", self.processor, self.cores);
        println!("kernel       {}", self.kernel);
        println!("directory    {} ({})", self.directory, self.file_system);
        println!("priority     {}", self.priority);
        println!("load         {}", self.load[0]);
        println!(
            "one durable write of {SYNC_BYTES} B: p50 {:.0} us, p99 {:.0} us\n",
            self.sync_p50_us, self.sync_p99_us
        );
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn load() -> String {
    read("/proc/loadavg")
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn processor() -> String {
    let all = read("/proc/cpuinfo");
    let name = all.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or_else(
        || "unknown".to_owned(),
        |name| name.trim_matches([' ', '\t', ':']).to_owned(),
    )
}

/// Type of the file system that is mounted nearest to the directory.
fn file_system(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap();
    let mounts = read("/proc/self/mounts");
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (_, at, kind) = (words.next()?, words.next()?, words.next()?);
        dir.starts_with(at).then_some((at.len(), kind))
    });
    let nearest = mounts.max_by_key(|(len, _)| *len);
    nearest.map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

fn syncs(dir: &Path) -> Times {
    let path = dir.join("sync");
    let mut file = File::create(&path).unwrap();
    let mut times = Times::new();
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.write_all(&[b'x'; SYNC_BYTES]).unwrap();
        file.sync_data().unwrap();
        times.add(began.elapsed());
    }
    fs::remove_file(path).unwrap();
    times
}
