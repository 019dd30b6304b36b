//! Tests of the tables, their reader and the choice of a benchmark.

mod choice;
mod reader;
mod tables;
