//! Wire to domain by `TryFrom`, domain to wire by `From`; every refusal names the part.
