//! Thin gRPC services: who, parse, one core call, render, error.
