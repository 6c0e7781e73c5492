//! Plain values: parsing and arithmetic. They know nothing of the product.

pub mod code;
pub mod email;
pub mod holidays;
pub mod hours;
pub mod interval;
pub mod json;
pub mod medium;
pub mod money;
pub mod nearest;
pub mod origin;
pub mod phone;
pub mod question;
pub mod sender;
pub mod text;
pub mod time;
pub mod whatsapp;
pub mod words;
