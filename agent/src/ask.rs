//! Reads a file or runs a fixed program, with a time limit and a size limit.
