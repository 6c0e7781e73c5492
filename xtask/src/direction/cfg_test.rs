//! Which code is there for tests only, and therefore free to import what it likes.

use syn::punctuated::Punctuated;
use syn::{Attribute, ImplItem, Item, Meta, Token};

/// Whether an item stands under `#[cfg(test)]`.
pub fn only_for_tests(item: &Item) -> bool {
    is_set(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    })
}

/// Whether a part of an `impl` stands under `#[cfg(test)]`.
pub fn part_only_for_tests(part: &ImplItem) -> bool {
    is_set(match part {
        ImplItem::Const(part) => &part.attrs,
        ImplItem::Fn(part) => &part.attrs,
        ImplItem::Macro(part) => &part.attrs,
        ImplItem::Type(part) => &part.attrs,
        _ => &[],
    })
}

fn is_set(attributes: &[Attribute]) -> bool {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.flat_map(|cfg| cfg.parse_args::<Meta>()).any(|condition| demands_test(&condition))
}

fn demands_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            parts.is_ok_and(|parts| parts.iter().any(demands_test))
        }
        _ => false,
    }
}
