//! A serializer that writes nothing and looks only at floats.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Whether no float in `value` is infinite or no number.
///
/// A value that does not serialize at all is taken for not finite; callers have serialized it
/// before.
pub(super) fn is_finite<T: Serialize + ?Sized>(value: &T) -> bool {
    value.serialize(FloatCheck).is_ok()
}

#[derive(Debug, Clone, Copy)]
struct FloatCheck;

/// Found one.
#[derive(Debug)]
struct NotFinite;

impl Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("float is not finite")
    }
}

impl std::error::Error for NotFinite {}

impl Error for NotFinite {
    fn custom<T: Display>(_message: T) -> Self {
        Self
    }
}

type Checked = Result<(), NotFinite>;

/// Values without a float in them.
macro_rules! pass {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, _value: $type) -> Checked { Ok(()) })*
    };
}

/// Values that hold others: the others are looked at one by one.
macro_rules! open {
    ($($method:ident($($type:ty),*) -> $compound:ident),* $(,)?) => {
        $(fn $method(self, $(_: $type),*) -> Result<Self::$compound, NotFinite> { Ok(self) })*
    };
}

impl Serializer for FloatCheck {
    type Ok = ();
    type Error = NotFinite;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    pass! {
        serialize_bool: bool, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_i128: i128, serialize_u128: u128, serialize_unit_struct: &'static str,
    }

    open! {
        serialize_seq(Option<usize>) -> SerializeSeq,
        serialize_tuple(usize) -> SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant,
        serialize_map(Option<usize>) -> SerializeMap,
        serialize_struct(&'static str, usize) -> SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant,
    }

    fn serialize_f32(self, value: f32) -> Checked {
        if value.is_finite() {
            Ok(())
        } else {
            Err(NotFinite)
        }
    }

    fn serialize_f64(self, value: f64) -> Checked {
        if value.is_finite() {
            Ok(())
        } else {
            Err(NotFinite)
        }
    }

    fn serialize_none(self) -> Checked {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Checked {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Checked {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Checked {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Checked {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Checked {
        value.serialize(self)
    }

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Checked {
        Ok(())
    }
}

/// Elements of sequences and tuples, which have no names.
macro_rules! elements {
    ($($trait:ident::$method:ident),* $(,)?) => {
        $(impl $trait for FloatCheck {
            type Ok = ();
            type Error = NotFinite;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Checked {
                value.serialize(*self)
            }
            fn end(self) -> Checked {
                Ok(())
            }
        })*
    };
}

elements! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

/// Fields of structs.
macro_rules! fields {
    ($($trait:ident),* $(,)?) => {
        $(impl $trait for FloatCheck {
            type Ok = ();
            type Error = NotFinite;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Checked {
                value.serialize(*self)
            }
            fn end(self) -> Checked {
                Ok(())
            }
        })*
    };
}

fields! { SerializeStruct, SerializeStructVariant }

impl SerializeMap for FloatCheck {
    type Ok = ();
    type Error = NotFinite;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Checked {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Checked {
        value.serialize(*self)
    }

    fn end(self) -> Checked {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::is_finite;

    #[derive(Serialize)]
    struct Newtype(f64);

    #[derive(Serialize)]
    struct Pair(u8, f32);

    #[derive(Serialize)]
    enum Any {
        Unit,
        New(f64),
        Tuple(i128, f64),
        Struct {
            a: Option<f64>,
            b: BTreeMap<String, Vec<(f32, char)>>,
        },
    }

    #[test]
    fn every_place_of_a_float_is_looked_at() {
        for (float, finite) in [(0.5, true), (f64::NAN, false), (f64::INFINITY, false)] {
            let map = BTreeMap::from([("k".to_owned(), vec![(1.0, 'c'), (float as f32, 'd')])]);
            assert_eq!(is_finite(&Newtype(float)), finite);
            assert_eq!(is_finite(&Pair(1, float as f32)), finite);
            assert_eq!(is_finite(&Any::New(float)), finite);
            assert_eq!(is_finite(&Any::Tuple(1, float)), finite);
            assert_eq!(
                is_finite(&Any::Struct {
                    a: Some(float),
                    b: BTreeMap::new()
                }),
                finite
            );
            assert_eq!(is_finite(&Any::Struct { a: None, b: map }), finite);
            assert_eq!(is_finite(&[Some(Newtype(float))]), finite);
        }
        assert!(is_finite(&Any::Unit));
        assert!(is_finite(&(
            (),
            "text",
            b"bytes",
            'c',
            true,
            u128::MAX,
            None::<f64>
        )));
    }
}
