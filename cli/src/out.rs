//! Standard output and standard error, which may be closed early, as by `| head`.

use std::fmt::Display;
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

/// Writes to standard error. Where that fails there is nobody left to be told.
pub(crate) fn tell(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let _ = write(&mut io::stderr().lock());
}

/// Writes a line to standard error, as [`tell`] does.
pub(crate) fn note(text: impl Display) {
    tell(|err| writeln!(err, "{text}"));
}
