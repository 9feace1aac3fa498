//! The one catalogue of messages people read, in Japanese and English.
