//! Macros that define a body once: its type, how it is read, and its schema, which has the documentation of the fields.

/// Defines the body of a request. A member with `= default` may be absent.
macro_rules! body {
    (
        $(#[$about:meta])*
        $visible:vis struct $body:ident {
            $($(#[doc = $doc:literal])* pub $member:ident: $type:ty $(= $default:expr)?),* $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        $visible struct $body {
            $($(#[doc = $doc])* pub $member: $type),*
        }

        impl $crate::Schema for $body {
            fn schema() -> ::serde_json::Value {
                let required = [$($crate::macros::body!(@required $member $($default)?)),*];
                $crate::schema::object(
                    vec![$((
                        $crate::schema::json_name(stringify!($member)),
                        $crate::schema::member::<$type>(&[$($doc),*]),
                    )),*],
                    &required.into_iter().flatten().collect::<Vec<_>>(),
                )
            }
        }

        impl $crate::Body for $body {
            fn read_members(members: &mut $crate::BodyReader) -> Option<Self> {
                $(let $member = $crate::macros::body!(@read members $member $($default)?);)*
                Some(Self { $($member: $member?),* })
            }
        }
    };
    (@required $member:ident $default:expr) => {
        None::<&'static str>
    };
    (@required $member:ident) => {
        Some($crate::schema::json_name(stringify!($member)))
    };
    (@read $members:ident $member:ident $default:expr) => {
        Some($members.optional($crate::schema::json_name(stringify!($member))).unwrap_or_else(|| $default))
    };
    (@read $members:ident $member:ident) => {
        $members.required($crate::schema::json_name(stringify!($member)))
    };
}

/// Defines the body of an edit: each member may be absent, and an absent one stays as it is.
macro_rules! edit {
    (
        $(#[$about:meta])*
        $visible:vis struct $body:ident {
            $($(#[doc = $doc:literal])* pub $member:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        $visible struct $body {
            $($(#[doc = $doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $member: Option<$type>),*
        }

        impl $crate::Schema for $body {
            fn schema() -> ::serde_json::Value {
                $crate::schema::object(
                    vec![$((
                        $crate::schema::json_name(stringify!($member)),
                        $crate::schema::member::<$type>(&[$($doc),*]),
                    )),*],
                    &[],
                )
            }
        }

        impl $crate::Body for $body {
            fn read_members(members: &mut $crate::BodyReader) -> Option<Self> {
                members.only_editable(&[$($crate::schema::json_name(stringify!($member))),*]);
                Some(Self { $($member: members.optional($crate::schema::json_name(stringify!($member)))),* })
            }
        }
    };
}

/// Defines the body of an answer. `"Name" =>` names its schema in the OpenAPI document. `..` before the first member
/// includes the members of another answer. One with a secret is not `Clone`.
macro_rules! answer {
    (
        $($name:literal =>)?
        $(#[$about:meta])*
        $visible:vis struct $body:ident {
            $(.. pub $base:ident: $base_type:ty,)?
            $($(#[doc = $doc:literal])* pub $member:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        $visible struct $body {
            $(#[serde(flatten)] pub $base: $base_type,)?
            $($(#[doc = $doc])* pub $member: $type),*
        }

        impl $crate::Schema for $body {
            $(const NAME: Option<&'static str> = Some($name);)?

            fn schema() -> ::serde_json::Value {
                $crate::schema::with($crate::macros::answer!(@base $($base_type)?), vec![$((
                    $crate::schema::json_name(stringify!($member)),
                    $crate::schema::member::<$type>(&[$($doc),*]),
                )),*])
            }
        }
    };
    (@base) => {
        $crate::schema::object(Vec::new(), &[])
    };
    (@base $base_type:ty) => {
        <$base_type as $crate::Schema>::schema()
    };
}

pub(crate) use {answer, body, edit};
