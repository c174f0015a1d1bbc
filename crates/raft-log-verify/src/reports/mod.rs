//! What a campaign found, as files.

mod files;
#[cfg(feature = "reports")]
mod findings;
#[cfg(feature = "reports")]
mod html;
#[cfg(feature = "reports")]
mod junit;
#[cfg(feature = "reports")]
mod number;
mod outcomes;
#[cfg(feature = "reports")]
mod svg;
#[cfg(feature = "reports")]
mod tables;

pub use files::{HTML, JUNIT, OUTCOMES, write};
#[cfg(feature = "reports")]
pub use html::html;
#[cfg(feature = "reports")]
pub use junit::junit;
pub use outcomes::lines;
