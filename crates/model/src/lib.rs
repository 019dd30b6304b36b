//! The words of Merlon.
