//! Traffic between the machines of the lab: what is served, and what a user on the laptop can do.
//!
//! Touches sockets inside namespaces. Must never wait without a bound.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::namespace::Namespace;

const PATIENCE: Duration = Duration::from_millis(1500);

/// Greets whoever connects and echoes what is written.
pub(crate) fn serve(machine: &Namespace, addresses: &[&str]) {
    listen(machine, addresses, |mut stream| {
        let mut buffer = [0; 512];
        let mut told = stream.write_all(b"hello");
        while let (Ok(()), Ok(length @ 1..)) = (&told, stream.read(&mut buffer)) {
            told = stream.write_all(&buffer[..length]);
        }
    });
}

/// Sends bytes to whoever connects for as long as they are taken.
pub(crate) fn stream_without_end(machine: &Namespace, addresses: &[&str]) {
    listen(machine, addresses, |mut stream| {
        while stream.write_all(&[7; 1024]).is_ok() {
            thread::sleep(Duration::from_millis(2));
        }
    });
}

/// Sends back every datagram.
pub(crate) fn answer_datagrams(machine: &Namespace, addresses: &[&str]) {
    for address in addresses
        .iter()
        .map(|text| text.parse::<SocketAddr>().unwrap())
    {
        let socket = machine.run(move || UdpSocket::bind(address).unwrap());
        machine.leave_running(move || {
            let mut buffer = [0; 8192];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let _gone = socket.send_to(&buffer[..length], from);
            }
        });
    }
}

/// Whether a user of this machine can connect and is greeted; else what the system said.
pub(crate) fn tcp(machine: &Namespace, uid: u32, to: &str) -> Result<(), ErrorKind> {
    machine.run_as(uid, || open(to).map(|_| ()).map_err(|error| error.kind()))
}

/// A greeted connection of a user of this machine.
pub(crate) fn hold(machine: &Namespace, uid: u32, to: &str) -> TcpStream {
    machine.run_as(uid, || open(to).unwrap())
}

/// Whether a datagram is answered; else what the system said.
pub(crate) fn udp(machine: &Namespace, to: &str) -> Result<(), ErrorKind> {
    udp_of(machine, to, 8)
}

/// Whether a datagram of so many bytes is answered with as many; else what the system said.
pub(crate) fn udp_of(machine: &Namespace, to: &str, bytes: usize) -> Result<(), ErrorKind> {
    let from = if to.starts_with('[') {
        "[::]:0"
    } else {
        "0.0.0.0:0"
    };
    exchange(machine, from, to, bytes)
}

/// The same from a port of one's own.
pub(crate) fn udp_from(machine: &Namespace, from: &str, to: &str) -> Result<(), ErrorKind> {
    exchange(machine, from, to, 8)
}

fn exchange(machine: &Namespace, from: &str, to: &str, bytes: usize) -> Result<(), ErrorKind> {
    let exchange = || {
        let socket = UdpSocket::bind(from)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.send_to(&vec![b'q'; bytes], to)?;
        socket.recv(&mut [0; 8192])
    };
    let answered = machine.run_as(0, exchange).map_err(|error| error.kind())?;
    assert_eq!(answered, bytes);
    Ok(())
}

/// Whether an echo request is answered.
pub(crate) fn ping(machine: &Namespace, to: &str) -> bool {
    machine.try_sh(&format!("ping -n -c 1 -W 1 {to}")).0
}

/// A download that runs on the laptop, and how many bytes have come.
pub(crate) struct Download {
    bytes: Arc<AtomicU64>,
}

impl Download {
    pub(crate) fn start(machine: &Namespace, from: &str) -> Self {
        let to: SocketAddr = from.parse().unwrap();
        let mut stream =
            machine.run_as(1000, || TcpStream::connect_timeout(&to, PATIENCE).unwrap());
        let bytes = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&bytes);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                count.fetch_add(length as u64, Ordering::SeqCst);
            }
        });
        Self { bytes }
    }

    /// Whether more bytes come within the patience.
    pub(crate) fn proceeds(&self) -> bool {
        let before = self.bytes.load(Ordering::SeqCst);
        eventually(PATIENCE, || self.bytes.load(Ordering::SeqCst) > before)
    }
}

/// Whether something becomes true within a bound.
pub(crate) fn eventually(bound: Duration, mut check: impl FnMut() -> bool) -> bool {
    let step = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    while waited < bound {
        if check() {
            return true;
        }
        thread::sleep(step);
        waited += step;
    }
    check()
}

fn open(to: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&to.parse().unwrap(), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.read_exact(&mut [0; 5])?;
    Ok(stream)
}

fn listen(machine: &Namespace, addresses: &[&str], each: fn(TcpStream)) {
    for address in addresses
        .iter()
        .map(|text| text.parse::<SocketAddr>().unwrap())
    {
        let listener = machine.run(move || TcpListener::bind(address).unwrap());
        machine.leave_running(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || each(stream));
            }
        });
    }
}
