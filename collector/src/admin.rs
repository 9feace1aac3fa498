//! The admin interface: JSON over HTTP on a local socket.
