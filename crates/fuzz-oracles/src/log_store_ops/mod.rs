//! Target `log_store_ops`: a program of operations grown from the bytes.

mod grammar;

use openraft_timevault::verify::campaign::{ModelDisk, run_program};
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::verify::timevault;

pub(crate) use grammar::seeds;

/// Grows a program of the bytes and runs it on a simulated disk beside the reference log: appends
/// of every kind, truncates, purges, votes, reads, dropped futures, failing calls, clean and
/// unclean ends, and power cuts inside a write.
///
/// Every rule of the contract holds after every operation, as in the campaign.
///
/// # Panics
/// When one does not hold.
pub fn log_store_ops(data: &[u8]) {
    let program = grammar::program(data);
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    };
    let subject = timevault();
    if let Err(failure) = run_program(&runtime, &subject, ModelDisk::Simulated, &program) {
        panic!("{failure}\n{program:#?}");
    }
}
