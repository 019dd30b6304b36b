//! Search in AND/OR graphs: what can be reached, by which paths, and what cuts them.
