//! A format like that of a Raft log, for targets that know no Raft log.

use super::oracle::{shown_index, whole_object};
use crate::format::{FormatError, FormatPlugin, RecordRef};

/// Objects with a member `log_id` that has a member `index`: the order key. Any other object is of
/// another type.
#[derive(Debug)]
pub(super) struct LogFormat;

impl FormatPlugin for LogFormat {
    fn id(&self) -> &'static str {
        "log"
    }

    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.extend_from_slice(record.payload);
        Ok(())
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        whole_object(object).ok_or_else(|| FormatError::new("no whole object"))?;
        let order_key =
            shown_index(object).ok_or_else(|| FormatError::foreign(None, "no log id"))?;
        Ok(RecordRef {
            order_key,
            payload: object,
        })
    }

    fn dense_keys(&self) -> bool {
        true
    }
}
