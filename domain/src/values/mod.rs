//! Plain values: what a text must look like to be one of them, and what can be done with it. They know nothing of the product.

pub mod email;
pub mod holidays;
pub mod hours;
pub mod interval;
pub mod money;
pub mod phone;
pub mod question;
pub mod text;
pub mod time;
pub mod whatsapp;
