//! The register of rules: each rule by its name, with its clause and its function.
