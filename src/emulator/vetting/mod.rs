//! How the vetting of Education goes: what it comes to, and when. Nothing runs in the background:
//! what time or reads bring about comes true when somebody looks.

mod callback;
mod decision;
mod draw;
mod levers;
mod rule;
mod setting;

pub use self::rule::{Outcomes, VettingRule};
pub use self::setting::Vetting;

pub(super) use self::decision::Decision;
pub(super) use self::draw::Draw;
