//! What a handshake that fails says of certificates and clocks.
//!
//! Touches what passes over a connection, which it leaves as it is. Must never call a certificate ended where a clock may be wrong.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use rustls::{AlertDescription, CertificateError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use sekisho_policy::time::Timestamp;

/// The alert by which a server ended a connection, once it did.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted(Arc<OnceLock<AlertDescription>>);

impl Noted {
    pub(super) fn alert(&self) -> Option<AlertDescription> {
        self.0.get().copied()
    }

    fn note(&self, error: &io::Error) {
        if let Some(alert) = alert(error) {
            // The first one ended the connection.
            let _ = self.0.set(alert);
        }
    }
}

/// A connection whose alert is noted: the library above tells of a refusal as often as not that there is no connection.
#[derive(Debug)]
pub(super) struct Noting<S> {
    pub(super) stream: S,
    pub(super) noted: Noted,
}

impl<S: AsyncRead + Unpin> Noting<S> {
    /// What the server said before it hung up is still to be read when a write finds nobody there.
    fn read_last_words(&mut self, cx: &mut Context<'_>) {
        let mut scratch = [0; 256];
        let mut last = ReadBuf::new(&mut scratch);
        if let Poll::Ready(Err(error)) = Pin::new(&mut self.stream).poll_read(cx, &mut last) {
            self.noted.note(&error);
        }
    }

    fn written<T>(
        &mut self,
        done: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &done {
            self.noted.note(error);
            self.read_last_words(cx);
        }
        done
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Noting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(cx, into);
        if let Poll::Ready(Err(error)) = &done {
            self.noted.note(error);
        }
        done
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Noting<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, from);
        self.written(done, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, from);
        self.written(done, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(done, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The alert by which the collector ended the connection. It comes under the keys of the handshake, so nobody on the way
/// has made it.
fn alert(error: &(dyn Error + 'static)) -> Option<AlertDescription> {
    let rustls::Error::AlertReceived(alert) = of_tls(error)? else {
        return None;
    };
    Some(*alert)
}

/// What does not fit about the server, and what to do next, by the laptop's time at which it was judged.
pub(super) fn in_words(error: &(dyn Error + 'static), now: Timestamp) -> Option<String> {
    let rustls::Error::InvalidCertificate(why) = of_tls(error)? else {
        return None;
    };
    let (why_not, what_next) = if matches!(
        why,
        CertificateError::Expired | CertificateError::ExpiredContext { .. }
    ) {
        let right = "if it is right, start the collector anew, which renews its certificate";
        (
            "has ended",
            format!("if that is wrong, set date and time; {right}"),
        )
    } else if matches!(
        why,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }
    ) {
        ("has not begun", "set date and time".to_owned())
    } else if matches!(
        why,
        CertificateError::UnknownIssuer | CertificateError::BadSignature
    ) {
        let words = "its certificate is of another authority than this laptop enrolled with; where the collector was \
                     set up anew, enrol with --again, and where it was not, somebody else answers there";
        return Some(words.to_owned());
    } else {
        return None;
    };
    Some(format!(
        "its certificate {why_not} by this laptop's clock, which says {now}; {what_next}"
    ))
}

/// What TLS said, wherever it stands among the causes.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        // An error of the system does not count what it carries among its causes.
        let carried = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match carried {
            Some(carried) => Some(carried),
            None => cause.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(why: rustls::Error) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, why)
    }

    #[test]
    fn a_clock_an_end_and_another_authority_are_told_apart() {
        for (why, said) in [
            (
                CertificateError::Expired,
                "has ended by this laptop's clock, which says 2001-09-09",
            ),
            (CertificateError::NotValidYet, "set date and time"),
            (CertificateError::UnknownIssuer, "enrol with --again"),
        ] {
            let error = failed(rustls::Error::InvalidCertificate(why));
            let words = in_words(&error, Timestamp::from_secs(1_000_000_000)).unwrap();
            assert!(words.contains(said), "{words}");
            assert_eq!(alert(&error), None);
        }
        let other = failed(rustls::Error::General("x".to_owned()));
        assert_eq!(in_words(&other, Timestamp(0)), None);
    }

    #[test]
    fn an_alert_is_found_wherever_it_stands() {
        let expired = rustls::Error::AlertReceived(AlertDescription::CertificateExpired);
        let below = failed(expired);
        let above = io::Error::other(below);
        assert_eq!(alert(&above), Some(AlertDescription::CertificateExpired));
    }
}
