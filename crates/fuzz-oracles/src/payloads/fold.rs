//! What JSON and serde make of a payload that comes back: told of the value alone, without writing or
//! reading it.

use std::collections::BTreeMap;

use super::any::{Adjacent, Any, F32, Flat, Flats, Skipping, Tagged, Untagged, is_zero, unwritten};

/// Where a value stands: whether serde reads it through its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the text.
    Direct,
    /// From the buffer that the text was read into, where a float is a double.
    Buffered,
}

impl Any {
    /// The value as it comes back.
    ///
    /// `None` where that is not told: in it stands something of which serde takes the first kind that
    /// fits.
    pub(crate) fn folded(&self, way: Way) -> Option<Self> {
        let fold = |inner: &Self| inner.folded(way);
        Some(match self {
            Self::Single(single) => Self::Single(single.folded(way)),
            Self::Choice(choice) => Self::Choice(match choice {
                // Both kinds of none are null, and so is the kind of nothing that has no name.
                None | Some(None) => None,
                Some(Some(inner)) if **inner == Untagged::Nothing => None,
                Some(Some(inner)) => Some(Some(Box::new(inner.folded()?))),
            }),
            Self::List(list) => Self::List(list.iter().map(fold).collect::<Option<_>>()?),
            Self::ByText(map) => Self::ByText(values(map, way)?),
            Self::ByNumber(map) => Self::ByNumber(values(map, way)?),
            Self::ByWide(map) => Self::ByWide(values(map, way)?),
            Self::ByBool(map) => Self::ByBool(values(map, way)?),
            Self::ByLetter(map) => Self::ByLetter(values(map, way)?),
            Self::ByName(map) => Self::ByName(values(map, way)?),
            Self::ByFloat(map) => Self::ByFloat(values(map, way)?),
            Self::ByOption(map) => Self::ByOption(values(map, way)?),
            Self::ByPair(map) => Self::ByPair(values(map, way)?),
            Self::Hashed(map, set) => {
                let folded = map
                    .iter()
                    .map(|(key, inner)| Some((key.clone(), fold(inner)?)));
                Self::Hashed(folded.collect::<Option<_>>()?, set.clone())
            }
            Self::Tagged(tagged) => Self::Tagged(Box::new(tagged.folded()?)),
            Self::Adjacent(adjacent) => Self::Adjacent(Box::new(adjacent.folded(way)?)),
            Self::Untagged(untagged) => Self::Untagged(Box::new(untagged.folded()?)),
            Self::Ambiguous(_) => return None,
            Self::Flat(flat) => Self::Flat(Box::new(Flat {
                name: flat.name.clone(),
                single: flat.single.folded(way),
                rest: values(&flat.rest, Way::Buffered)?,
            })),
            Self::Flats(Flats { one, two }) => {
                let mut both = one.clone();
                both.extend(two.iter().map(|(key, value)| (key.clone(), *value)));
                Self::Flats(Flats {
                    one: both.clone(),
                    two: both,
                })
            }
            Self::Skipping(skipping) => Self::Skipping(skipping.folded()),
            Self::Unit
            | Self::Bool(_)
            | Self::Signed(_)
            | Self::Unsigned(_)
            | Self::WideSigned(_)
            | Self::WideUnsigned(_)
            | Self::Double(_)
            | Self::Letter(_)
            | Self::Text(_)
            | Self::Bytes(_)
            | Self::Tuple(..)
            | Self::Raw(_)
            | Self::Json(_) => self.clone(),
        })
    }
}

impl Tagged {
    fn folded(&self) -> Option<Self> {
        let way = Way::Buffered;
        Some(match self {
            Self::Struct {
                inner,
                single,
                double,
            } => Self::Struct {
                inner: inner.folded(way)?,
                single: single.folded(way),
                double: *double,
            },
            Self::Map(map) => Self::Map(values(map, way)?),
            Self::Nothing
            | Self::Numbers(_)
            | Self::Wide { .. }
            | Self::Raw { .. }
            | Self::Json { .. } => self.clone(),
        })
    }
}

impl Adjacent {
    fn folded(&self, way: Way) -> Option<Self> {
        Some(match self {
            Self::Nothing => Self::Nothing,
            Self::One(inner) => Self::One(inner.folded(way)?),
            Self::Two(inner, wide) => Self::Two(inner.folded(way)?, *wide),
            Self::Struct { inner } => Self::Struct {
                inner: inner.folded(way)?,
            },
        })
    }
}

impl Untagged {
    fn folded(&self) -> Option<Self> {
        Some(match self {
            Self::List(list) => Self::List(list.iter().map(Self::folded).collect::<Option<_>>()?),
            Self::Struct { inner } => Self::Struct {
                inner: inner.folded(Way::Buffered)?,
            },
            other => other.clone(),
        })
    }
}

impl Skipping {
    fn folded(&self) -> Self {
        Self {
            never: 0,
            sometimes: if is_zero(&self.sometimes) {
                unwritten()
            } else {
                self.sometimes
            },
            text: self.text.clone(),
        }
    }
}

impl F32 {
    fn folded(self, way: Way) -> Self {
        match way {
            Way::Direct => self,
            Way::Buffered => {
                let double: f64 = self.0.to_string().parse().unwrap_or(f64::NAN);
                Self(double as f32)
            }
        }
    }
}

fn values<K: Ord + Clone>(map: &BTreeMap<K, Any>, way: Way) -> Option<BTreeMap<K, Any>> {
    let folded = map
        .iter()
        .map(|(key, inner)| Some((key.clone(), inner.folded(way)?)));
    folded.collect()
}
