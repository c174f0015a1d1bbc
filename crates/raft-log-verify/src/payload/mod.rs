//! What an entry of the harness holds, and how it is grown from a seed.

mod shaped;

use std::fmt;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use shaped::{Labelled, Shaped, Tagged};

/// Deepest nesting that [`PayloadShape::Deep`] makes. An entry adds a few levels of its own, and
/// JSON decoders stop at 127.
const MAX_DEPTH: u32 = 100;

/// Nesting that no JSON decoder with a limit of 127 reads back.
const TOO_DEEP: u32 = 200;

/// Application data of the harness's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// Any Unicode, control characters included.
    pub text: String,
    /// Numbers above 2^53 change where an encoding goes through floats.
    pub unsigned: u64,
    /// As `unsigned`, with a sign.
    pub signed: i64,
    /// Changes where floats are not parsed to the nearest.
    pub float: f64,
    /// Levels of arrays in arrays.
    pub nested: Nested,
    /// Content of a type that serde reads in a way of its own.
    #[serde(default, skip_serializing_if = "Shaped::is_none")]
    pub shaped: Shaped,
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of text and {}", self.text.len(), self.unsigned)
    }
}

/// Arrays in arrays, as deep as wanted; the innermost is empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nested(pub Vec<Nested>);

/// What kind of content a payload has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PayloadShape {
    /// Letters.
    Plain,
    /// Any Unicode scalar value.
    Unicode,
    /// Control characters, quotes and backslashes.
    Control,
    /// The ends of the number ranges.
    Numbers,
    /// Arrays in arrays.
    Deep,
    /// Types that serde reads in a way of its own, with values that come back.
    Shaped,
    /// Values that JSON cannot carry, or that serde writes and does not read back. Appended only to stores
    /// that refuse them: [`Capabilities::unstorable`](crate::Capabilities::unstorable).
    Unstorable,
}

/// The seed of a payload; the same seed always gives the same payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadSeed {
    /// Seed of the content.
    pub seed: u64,
    /// About how many bytes of text.
    pub bytes: u32,
    /// What kind of content.
    pub shape: PayloadShape,
}

impl Payload {
    /// Grows the payload of a seed.
    #[must_use]
    pub fn grow(from: PayloadSeed) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(from.seed);
        Self {
            text: text(&mut rng, from),
            unsigned: match from.shape {
                PayloadShape::Numbers => u64::MAX - rng.random_range(0..3),
                _ => rng.random(),
            },
            signed: match from.shape {
                PayloadShape::Numbers => i64::MIN + rng.random_range(0..3),
                _ => rng.random(),
            },
            float: float(&mut rng, from),
            nested: match from.shape {
                PayloadShape::Deep => nest(rng.random_range(MAX_DEPTH / 2..=MAX_DEPTH)),
                PayloadShape::Unstorable if unstorable(from) == Unstorable::TooDeep => {
                    nest(TOO_DEEP)
                }
                _ => Nested::default(),
            },
            shaped: match (from.shape, unstorable(from)) {
                (PayloadShape::Shaped, _) => Shaped::storable(&mut rng),
                (PayloadShape::Unstorable, Unstorable::Shaped(kind)) => {
                    Shaped::unstorable(kind, &mut rng)
                }
                _ => Shaped::None,
            },
        }
    }
}

fn text(rng: &mut ChaCha8Rng, from: PayloadSeed) -> String {
    let mut text = String::new();
    while text.len() < from.bytes as usize {
        text.push(match from.shape {
            PayloadShape::Unicode => rng.random::<char>(),
            PayloadShape::Control => match rng.random_range(0..4) {
                0 => '"',
                1 => '\\',
                2 => '\u{2028}',
                _ => char::from(rng.random_range(0..0x20_u8)),
            },
            _ => char::from(rng.random_range(b'a'..=b'z')),
        });
    }
    text
}

/// Why a payload can't be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unstorable {
    NotANumber,
    TooDeep,
    Shaped(u64),
}

/// What is wrong with an unstorable payload of this seed. All kinds come in turn.
fn unstorable(from: PayloadSeed) -> Unstorable {
    match from.seed % (2 + shaped::UNSTORABLE) {
        0 => Unstorable::TooDeep,
        1 => Unstorable::NotANumber,
        more => Unstorable::Shaped(more),
    }
}

fn float(rng: &mut ChaCha8Rng, from: PayloadSeed) -> f64 {
    match from.shape {
        PayloadShape::Unstorable if unstorable(from) == Unstorable::NotANumber => f64::NAN,
        PayloadShape::Numbers => match rng.random_range(0..6_usize) {
            0 => f64::MAX,
            1 => f64::MIN,
            2 => f64::MIN_POSITIVE,
            3 => -0.0,
            4 => 5e-324,
            _ => 0.1 + 0.2,
        },
        // Any finite double: random bits find the three in ten that a sloppy parser changes.
        _ => Some(f64::from_bits(rng.random()))
            .filter(|float| float.is_finite())
            .unwrap_or(0.5),
    }
}

fn nest(depth: u32) -> Nested {
    (0..depth).fold(Nested::default(), |inner, _| Nested(vec![inner]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORABLE: [PayloadShape; 6] = [
        PayloadShape::Plain,
        PayloadShape::Unicode,
        PayloadShape::Control,
        PayloadShape::Numbers,
        PayloadShape::Deep,
        PayloadShape::Shaped,
    ];

    fn grown(seed: u64, bytes: u32, shape: PayloadShape) -> Payload {
        Payload::grow(PayloadSeed { seed, bytes, shape })
    }

    #[test]
    fn the_same_seed_grows_the_same_payload() {
        for shape in STORABLE {
            assert_eq!(grown(7, 100, shape), grown(7, 100, shape));
        }
    }

    #[test]
    fn every_storable_shape_survives_json() {
        for shape in STORABLE {
            for seed in 0..200 {
                let payload = grown(seed, 64, shape);
                let json = serde_json::to_vec(&payload).unwrap();
                assert_eq!(payload, serde_json::from_slice(&json).unwrap());
            }
        }
    }

    #[test]
    fn what_is_called_unstorable_does_not_survive_json() {
        for seed in 0..60 {
            let payload = grown(seed, 0, PayloadShape::Unstorable);
            let json = serde_json::to_vec(&payload).unwrap();
            let read = serde_json::from_slice::<Payload>(&json);
            assert!(read.is_err() || read.unwrap() != payload, "{payload:?}");
        }
    }
}
