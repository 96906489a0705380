//! The customers that an emulator starts with: so many, or the ones of a list or a file. What is left
//! out comes from the seed: the same seed gives the same customers, byte for byte, and a larger count
//! only adds customers at the end.

mod csv;
mod file;
mod list;
mod mix;
mod names;
mod row;
mod setting;
mod start;

pub use self::list::{CustomerQualification, CustomerSeed};
pub use self::mix::Mix;
pub use self::setting::Customers;

pub(super) use self::names::place;
pub(super) use self::start::directory;
