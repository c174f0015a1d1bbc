//! Makes values of types that say by serde what they consist of.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer as _, Visitor,
};
use serde::forward_to_deserialize_any;

/// Levels of a value that contains values of its own type, at most.
const DEEPEST: u32 = 40;

/// From this level on nothing is put in that may be left out.
const DEEP: u32 = 6;

/// Characters of each text of a value but the first.
const SHORT: usize = 20;

/// What the numbers, texts and choices of a value are.
#[derive(Debug)]
pub(super) struct Leaves {
    numbers: Numbers,
    text: String,
    /// Level of the last number that was a byte.
    byte_at: Option<u32>,
}

#[derive(Debug)]
enum Numbers {
    Same(u64),
    Drawn(Box<ChaCha8Rng>),
}

impl Leaves {
    /// Each number is this one, each text this text.
    pub(super) fn same(number: u64, text: String) -> Self {
        Self {
            numbers: Numbers::Same(number),
            text,
            byte_at: None,
        }
    }

    /// Numbers and choices are drawn, the first text is this one.
    pub(super) fn drawn(seed: u64, text: String) -> Self {
        Self {
            numbers: Numbers::Drawn(Box::new(ChaCha8Rng::seed_from_u64(seed))),
            text,
            byte_at: None,
        }
    }

    /// A value of a type that derives its `Deserialize`. `None` for a type that has to see a value before it knows what
    /// it consists of, or that accepts only some numbers or texts.
    pub(super) fn value<T: DeserializeOwned>(&mut self) -> Option<T> {
        let maker = Maker {
            leaves: self,
            level: 0,
        };
        T::deserialize(maker).ok()
    }

    /// A number up to `most`, which is a power of two minus one. The same number may be above it.
    fn number(&mut self, most: u64) -> u64 {
        match &mut self.numbers {
            Numbers::Same(number) => *number,
            Numbers::Drawn(rng) => rng.random::<u64>() & most,
        }
    }

    /// One of so many; the first where nothing is drawn.
    fn choice(&mut self, of: usize) -> usize {
        match &mut self.numbers {
            Numbers::Same(_) => 0,
            Numbers::Drawn(rng) => rng.random_range(0..of.max(1)),
        }
    }

    fn text(&mut self) -> String {
        match self.numbers {
            Numbers::Same(_) => self.text.clone(),
            Numbers::Drawn(_) => {
                let short = self.text.chars().take(SHORT).collect();
                std::mem::replace(&mut self.text, short)
            }
        }
    }
}

/// Makes what it is asked for.
struct Maker<'a> {
    leaves: &'a mut Leaves,
    level: u32,
}

impl Maker<'_> {
    fn deeper(&mut self) -> Result<Maker<'_>, Error> {
        let level = self.level + 1;
        match level > DEEPEST {
            true => Err(Error::custom("too deep")),
            false => Ok(Maker {
                leaves: self.leaves,
                level,
            }),
        }
    }

    fn parts(self, left: usize) -> Parts<'static, Self> {
        Parts {
            maker: self,
            left: Some(left),
            names: &[],
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.leaves.number(u64::try_from(<$type>::MAX).unwrap_or(u64::MAX));
            visitor.$visit(<$type>::try_from(number).map_err(Error::custom)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Maker<'_> {
    type Error = Error;

    numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.leaves.byte_at = Some(self.level);
        let number = self.leaves.number(u64::from(u8::MAX));
        visitor.visit_u8(u8::try_from(number).map_err(Error::custom)?)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("the type does not say what it consists of"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.leaves.choice(2) == 1)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let eighths = u16::try_from(self.leaves.number(1023)).map_err(Error::custom)?;
        visitor.visit_f32(f32::from(eighths) / 8.0)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let eighths = u16::try_from(self.leaves.number(1023)).map_err(Error::custom)?;
        visitor.visit_f64(f64::from(eighths) / 8.0)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let letter = u8::try_from(self.leaves.number(15)).map_err(Error::custom)?;
        visitor.visit_char(char::from(b'a'.saturating_add(letter)))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.leaves.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.leaves.text())
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_byte_buf(self.leaves.text().into_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_byte_buf(self.leaves.text().into_bytes())
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        match self.level >= DEEP || self.leaves.choice(4) == 3 {
            true => visitor.visit_none(),
            false => visitor.visit_some(self.deeper()?),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self.deeper()?)
    }

    /// One value, so that a set has no order that may change; or bytes, as many as the text has.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = match self.level >= DEEP {
            true => Some(0),
            false => None,
        };
        visitor.visit_seq(Parts {
            maker: self,
            left,
            names: &[],
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.parts(len))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(self.parts(len))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = usize::from(self.level < DEEP);
        visitor.visit_map(self.parts(left))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Parts {
            maker: self,
            left: Some(names.len()),
            names,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let which = self.leaves.choice(names.len());
        let name = names
            .get(which)
            .copied()
            .ok_or_else(|| Error::custom("no variant"))?;
        visitor.visit_enum(Variant { maker: self, name })
    }

    forward_to_deserialize_any! { identifier }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

/// The parts of a value: those of a list or a map, or named ones.
struct Parts<'n, M> {
    maker: M,
    /// How many are left; `None`: the first one tells.
    left: Option<usize>,
    names: &'n [&'static str],
}

impl Parts<'_, Maker<'_>> {
    fn part<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.maker.deeper()?)
    }
}

impl<'de> de::SeqAccess<'de> for Parts<'_, Maker<'_>> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let left = match self.left {
            Some(0) => return Ok(None),
            Some(left) => Some(left - 1),
            None => None,
        };
        self.maker.leaves.byte_at = None;
        let part = self.part(seed)?;
        let bytes = self.maker.leaves.byte_at == Some(self.maker.level + 1);
        self.left = Some(match left {
            Some(left) => left,
            None if bytes => self.maker.leaves.text.len().saturating_sub(1),
            None => 0,
        });
        Ok(Some(part))
    }
}

impl<'de> de::MapAccess<'de> for Parts<'_, Maker<'_>> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        if self.left == Some(0) {
            return Ok(None);
        }
        self.left = self.left.map(|left| left - 1);
        if let Some((name, others)) = self.names.split_first() {
            self.names = others;
            let name: StrDeserializer<'_, Error> = (*name).into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        self.part(seed).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        self.part(seed)
    }
}

/// A variant of an enum.
struct Variant<'a> {
    maker: Maker<'a>,
    name: &'static str,
}

impl<'a, 'de> de::EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Maker<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Maker<'a>), Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.maker))
    }
}

impl<'de> de::VariantAccess<'de> for Maker<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.deeper()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_tuple(self, len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_struct(self, "", names, visitor)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Command {
        Create { queue: String, capacity: u32 },
        Push(String, Vec<u8>),
        Pop(Option<Box<Command>>),
        Labels(BTreeMap<String, f32>),
        Many(Vec<Command>),
        Clear,
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Id {
        zone: u8,
        name: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        #[expect(dead_code, reason = "only whether it can be made")]
        Number(u64),
    }

    fn command(seed: u64, text: &str) -> Option<Command> {
        Leaves::drawn(seed, text.to_owned()).value()
    }

    #[test]
    fn a_command_is_made_of_each_kind_and_comes_back() {
        let mut kinds = BTreeMap::new();
        for seed in 0..200 {
            let made = command(seed, "some text").unwrap();
            let json = serde_json::to_string(&made).unwrap();
            assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), made);
            // The same seed gives the same value.
            assert_eq!(command(seed, "some text").unwrap(), made);
            *kinds
                .entry(json.chars().take(5).collect::<String>())
                .or_insert(0) += 1;
            match made {
                Command::Create { queue, .. } => assert_eq!(queue, "some text"),
                // As many bytes as the text that is left has.
                Command::Push(text, bytes) => assert_eq!((text.len(), bytes.len()), (9, 9)),
                _ => {}
            }
        }
        assert_eq!(kinds.len(), 6, "{kinds:?}");
    }

    #[test]
    fn an_id_differs_by_its_number() {
        let id = |number| Leaves::same(number, format!("node-{number}")).value::<Id>();
        let name = "node-7".to_owned();
        assert_eq!(id(7), Some(Id { zone: 7, name }));
        assert_eq!(id(300), None, "no byte");
    }

    #[test]
    fn a_type_that_has_to_see_a_value_first_is_not_made() {
        assert!(
            Leaves::drawn(1, String::new())
                .value::<Untagged>()
                .is_none()
        );
        assert!(
            Leaves::drawn(1, "no address".to_owned())
                .value::<std::net::IpAddr>()
                .is_none()
        );
    }
}
