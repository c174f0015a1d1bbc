//! The crash part: programs are run once on a recorded disk, and every state that a power cut may
//! leave of it is opened and judged.

pub mod judge;
