//! Tests of the tables, their reader and the choice of a benchmark.

mod choice;
mod not_yet;
mod reader;
mod tables;
