//! What a handshake that fails says of certificates and clocks.
//!
//! Touches nothing. Must never call a certificate ended where a clock may be wrong.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use sekisho_policy::time::Timestamp;

/// The alert by which the collector ended the connection. It comes under the keys of the handshake, so nobody on the way
/// has made it.
pub(super) fn alert(error: &(dyn Error + 'static)) -> Option<AlertDescription> {
    match of_tls(error)? {
        rustls::Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

/// What does not fit about the server, and what to do next, by the laptop's time at which it was judged.
pub(super) fn in_words(error: &(dyn Error + 'static), now: Timestamp) -> Option<String> {
    let rustls::Error::InvalidCertificate(why) = of_tls(error)? else {
        return None;
    };
    Some(match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
            "its certificate has ended by this laptop's clock, which says {now}; if that is wrong, set date and time; \
             if it is right, start the collector anew, which renews its certificate"
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => format!(
            "its certificate has not begun by this laptop's clock, which says {now}; set date and time"
        ),
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is of another authority than this laptop enrolled with; where the collector was set up \
             anew, enrol with --again, and where it was not, somebody else answers there"
                .to_owned()
        }
        _ => return None,
    })
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
