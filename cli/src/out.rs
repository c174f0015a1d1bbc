//! Standard output that may be closed early, as by `| head`.

use std::io::{self, BufWriter, Write};

/// Writes to standard output. When its reader has gone, that is no error: it has seen enough.
///
/// # Errors
/// Any other error of `write`.
pub(crate) fn write(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is buffered has nobody to go to.
            let (_stdout, _unwritten) = out.into_parts();
            Ok(())
        }
        result => result,
    }
}
