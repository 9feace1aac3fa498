//! Announcements of another network: by the kernel's own notices, compared as a whole.
//!
//! Touches a netlink socket, and the reader of the networks. Must never read anything else because of a notice.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::Touched;
use super::compare::compare;
use crate::netlink::socket::{DATAGRAM_BYTES_MAX, Protocol, open, receive};
use crate::sensors::Root;

/// Links, and addresses, routes and rules of both families: numbers 1, 5, 7, 8, 9, 11 and 19 of
/// linux/rtnetlink.h, as a mask.
const GROUPS: u32 = 1 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 18;
/// How long notices that belong together are waited for: a link that comes up announces itself a dozen times.
const CALM: Duration = Duration::from_secs(1);

/// Tells `touched` whenever something about the links was announced, and `tell` whenever the laptop is on other
/// networks than before; ends where the kernel gives no notices.
pub(super) async fn watch(root: Root, touched: Arc<Notify>, tell: Arc<Touched>) {
    let socket = match open(Protocol::Route, GROUPS) {
        Ok(socket) => socket,
        Err(error) => {
            tracing::info!(%error, "changes of the network are not announced; the timer reads");
            return;
        }
    };
    let calm = Notify::new();
    tokio::join!(
        listen(&socket, &touched, &calm),
        compare(root, &calm, &tell)
    );
}

/// Hears the notices, a second's worth at a time. It has no end of its own, and neither has what it calls.
async fn listen(socket: &AsyncFd<OwnedFd>, touched: &Notify, calm: &Notify) {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        // An error is an overrun: notices were lost, which says as much as they did.
        if receive(socket, &mut buffer).await.is_err() {
            tracing::debug!("notices of the network were lost");
        }
        touched.notify_one();
        let rest = async {
            loop {
                if receive(socket, &mut buffer).await.is_err() {
                    sleep(CALM).await;
                }
            }
        };
        let _ = timeout(CALM, rest).await;
        // What came meanwhile is news as well, and whoever was told before may have looked already.
        touched.notify_one();
        calm.notify_one();
    }
}
