//! Real servers and recorded hosts for the tests.
