//! A wire between laptop and collector that is listened to: which key exchange the two agree on stands in the clear
//! (RFC 8446, 4.1.3).
//!
//! Touches loopback connections. Must never change what it passes on.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem).
pub(crate) const POST_QUANTUM: u16 = 0x11ec;
/// `key_share` among the extensions.
const KEY_SHARE: u16 = 51;
/// Bytes of a ServerHello before its session: a record's head, a message's head, version and random.
const HEAD: usize = 5 + 4 + 2 + 32;

/// The wire.
pub(crate) struct Relay {
    address: Ipv4Addr,
    agreed: Arc<Mutex<Vec<u16>>>,
}

impl Relay {
    /// Lays it to a collector at these places, at an address of its own with the same ports.
    pub(crate) fn to(places: &[&str]) -> Self {
        let agreed = Arc::<Mutex<Vec<u16>>>::default();
        let mut address = Ipv4Addr::LOCALHOST;
        for place in places {
            let to: SocketAddr = place.parse().unwrap();
            let SocketAddr::V4(v4) = to else {
                panic!("{to} is not on loopback")
            };
            let [_, second, third, fourth] = v4.ip().octets();
            address = Ipv4Addr::new(127, second ^ 0x80, third, fourth);
            let listener = TcpListener::bind((address, to.port())).unwrap();
            let agreed = Arc::clone(&agreed);
            thread::spawn(move || {
                for from in listener.incoming().flatten() {
                    pass_on(from, to, &agreed);
                }
            });
        }
        Self { address, agreed }
    }

    /// Where the laptop finds it.
    pub(crate) const fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The key exchanges that were agreed on, one for each connection.
    pub(crate) fn agreed(&self) -> Vec<u16> {
        self.agreed.lock().unwrap().clone()
    }
}

fn pass_on(from: TcpStream, to: SocketAddr, agreed: &Arc<Mutex<Vec<u16>>>) {
    let Ok(to) = TcpStream::connect(to) else {
        return;
    };
    let (up, down) = (
        (from.try_clone().unwrap(), to.try_clone().unwrap()),
        (to, from),
    );
    thread::spawn(move || copy(up.0, up.1, |_| {}));
    let agreed = Arc::clone(agreed);
    thread::spawn(move || {
        let mut first = true;
        copy(down.0, down.1, |bytes| {
            if std::mem::take(&mut first) {
                agreed.lock().unwrap().extend(key_share(bytes));
            }
        });
    });
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut see: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        see(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // The other end may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}

/// The group in a ServerHello.
fn key_share(hello: &[u8]) -> Option<u16> {
    let word = |at: usize| Some(u16::from_be_bytes(*hello.get(at..)?.first_chunk()?));
    let session = usize::from(*hello.get(HEAD)?);
    // The cipher suite, the compression, and how long the extensions are.
    let mut at = HEAD + 1 + session + 2 + 1 + 2;
    loop {
        let (kind, length) = (word(at)?, word(at + 2)?);
        if kind == KEY_SHARE {
            return word(at + 4);
        }
        at += 4 + usize::from(length);
    }
}
