//! Orders: desired state with generations, signed, recorded, sent.
