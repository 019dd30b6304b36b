//! From actions to what people run: one line of explanation, commands, scripts, playbooks.
//!
//! Nothing here changes anything. Every output is text for a person to read first.

mod commands;
mod describe;
mod mode;
mod quote;

pub use commands::commands;
pub use describe::describe;
