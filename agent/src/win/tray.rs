//! The notification area of a user's taskbar: one icon, the balloons that Windows makes notifications of, and a window
//! with the whole text.
//!
//! Touches the desktop of this session. Must never decide what is shown, nor keep a thread of the system's waiting.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, Ordering};
use std::sync::mpsc;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use tokio::sync::watch;
use windows::Win32::Foundation::{
    ERROR_ALREADY_EXISTS, GetLastError, HANDLE, HINSTANCE, HWND, LPARAM, LRESULT, WPARAM,
};
use windows::Win32::System::Console::{FreeConsole, GetConsoleProcessList};
use windows::Win32::System::LibraryLoader::GetModuleHandleW;
use windows::Win32::System::Threading::CreateMutexW;
use windows::Win32::UI::Shell::{
    NIF_ICON, NIF_INFO, NIF_MESSAGE, NIF_SHOWTIP, NIF_TIP, NIIF_INFO, NIIF_WARNING, NIM_ADD,
    NIM_DELETE, NIM_MODIFY, NIM_SETVERSION, NIN_BALLOONUSERCLICK, NIN_SELECT, NOTIFY_ICON_MESSAGE,
    NOTIFYICON_VERSION_4, NOTIFYICONDATAW, NOTIFYICONDATAW_0, Shell_NotifyIconW,
};
use windows::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DispatchMessageW, GetMessageW, IDI_SHIELD, LoadIconW,
    MB_ICONWARNING, MB_OK, MB_SETFOREGROUND, MB_TOPMOST, MSG, MessageBoxW, PostMessageW,
    PostQuitMessage, RegisterClassW, RegisterWindowMessageW, TranslateMessage, WINDOW_EX_STYLE,
    WINDOW_STYLE, WM_APP, WM_CLOSE, WM_ENDSESSION, WNDCLASSW,
};
use windows::core::{PCWSTR, w};

use super::text::wide;

/// UTF-16 units that a balloon's title and text may have, without the zero at their ends.
pub const TITLE_UNITS_MAX: usize = 63;
/// See [`TITLE_UNITS_MAX`].
pub const TEXT_UNITS_MAX: usize = 255;

/// Of one session: a second program of the same user's finds it.
const NAME: PCWSTR = w!(r"Local\Sekisho notifications");
const CLASS: PCWSTR = w!("Sekisho notifications");
/// What the icon tells the window, and what asks the window to show the whole text.
const ICON: u32 = WM_APP + 1;
const SHOW: u32 = WM_APP + 2;

// The system calls back without a word about for whom: one process has one icon.
static WINDOW: AtomicIsize = AtomicIsize::new(0);
static TASKBAR: AtomicU32 = AtomicU32::new(0);
static TIP: OnceLock<String> = OnceLock::new();
static WHOLE: Mutex<(String, String)> = Mutex::new((String::new(), String::new()));
static IS_OPEN: AtomicBool = AtomicBool::new(false);
static ENDED: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// A balloon.
#[derive(Debug, Clone, Copy)]
pub struct Balloon<'a> {
    /// Its title, which fits.
    pub title: &'a str,
    /// Its text, which fits.
    pub text: &'a str,
    /// Whether it warns.
    pub warns: bool,
}

/// Whether this process is the first of its session to show notifications; it is until it ends.
///
/// # Errors
/// What the system says.
pub fn is_first() -> io::Result<bool> {
    // SAFETY: the name ends with a zero. The handle is closed with the process, which is when another may be first.
    let _held: HANDLE = unsafe { CreateMutexW(None, false, NAME) }?;
    // SAFETY: it takes nothing, and nothing was called in between.
    Ok(unsafe { GetLastError() } != ERROR_ALREADY_EXISTS)
}

/// Gives up a console that was made for this process alone: its window would stay for as long as the process does.
pub fn leave_own_console() {
    let mut processes = [0_u32; 2];
    // SAFETY: the list outlives the call.
    if unsafe { GetConsoleProcessList(&mut processes) } == 1 {
        // SAFETY: it takes nothing. Where it fails the window stays.
        unsafe { FreeConsole() }.ok();
    }
}

/// Opens the window behind the icon, in a thread of its own. `tip` is what the icon says when it is pointed at.
///
/// # Errors
/// What the system says; among it that this session has no desktop.
pub fn open(tip: &str) -> io::Result<()> {
    drop(TIP.set(tip.to_owned()));
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new()
        .name("tray".to_owned())
        .spawn(move || {
            let made = made();
            let is_made = made.is_ok();
            // Whoever waits for it is told first.
            drop(tell.send(made));
            if is_made {
                serve();
            }
            ENDED.send_replace(true);
        })?;
    told.recv().map_err(io::Error::other)?
}

/// Whether the session is over, now and whenever that changes.
#[must_use]
pub fn ended() -> watch::Receiver<bool> {
    ENDED.subscribe()
}

/// Shows a balloon, in the place of the last one.
///
/// # Errors
/// Where there is no taskbar, as in the first moments of a session.
pub fn show(balloon: Balloon<'_>) -> io::Result<()> {
    let mut data = icon();
    data.uFlags |= NIF_INFO;
    put(&mut data.szInfoTitle, balloon.title)?;
    put(&mut data.szInfo, balloon.text)?;
    data.dwInfoFlags = if balloon.warns {
        NIIF_WARNING
    } else {
        NIIF_INFO
    };
    if tell(NIM_MODIFY, &data) || (add() && tell(NIM_MODIFY, &data)) {
        return Ok(());
    }
    let why = "there is no taskbar that would show it";
    Err(io::Error::new(io::ErrorKind::NotConnected, why))
}

/// Takes the balloon away.
pub fn clear() {
    let mut data = icon();
    // Without a text there is none.
    data.uFlags |= NIF_INFO;
    tell(NIM_MODIFY, &data);
}

/// Keeps the whole text, for who clicks.
pub fn keep(title: &str, text: &str) {
    let mut whole = WHOLE.lock().unwrap_or_else(PoisonError::into_inner);
    *whole = (title.to_owned(), text.to_owned());
}

/// Shows the whole text in a window before all others, which stays until it is closed.
pub fn put_before_all() {
    // SAFETY: the window is of this process; where it has gone nothing is shown any more.
    unsafe { PostMessageW(Some(window()), SHOW, WPARAM(0), LPARAM(0)) }.ok();
}

fn window() -> HWND {
    HWND(std::ptr::with_exposed_provenance_mut(
        WINDOW.load(Ordering::Acquire).cast_unsigned(),
    ))
}

fn made() -> io::Result<()> {
    // SAFETY: none is named, which means this program.
    let program = unsafe { GetModuleHandleW(None) }?;
    let class = WNDCLASSW {
        lpfnWndProc: Some(called),
        hInstance: HINSTANCE(program.0),
        lpszClassName: CLASS,
        ..WNDCLASSW::default()
    };
    // SAFETY: the class outlives the call, and its procedure the process.
    if unsafe { RegisterClassW(&raw const class) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the class was registered; the window belongs to this thread, which serves it.
    let window = unsafe {
        CreateWindowExW(
            WINDOW_EX_STYLE(0),
            CLASS,
            CLASS,
            // Never shown. One for messages alone would not hear of a new taskbar, nor of the session's end.
            WINDOW_STYLE(0),
            0,
            0,
            0,
            0,
            None,
            None,
            Some(class.hInstance),
            None,
        )
    };
    // A session without a screen has no reason to give.
    let window = window.map_err(|error| match error.code().0 {
        0 => io::Error::other("Windows makes no window here"),
        _ => error.into(),
    })?;
    let number = window.0.expose_provenance().cast_signed();
    WINDOW.store(number, Ordering::Release);
    // SAFETY: the name ends with a zero.
    let message = unsafe { RegisterWindowMessageW(w!("TaskbarCreated")) };
    TASKBAR.store(message, Ordering::Release);
    // Where there is no taskbar yet it is added later.
    add();
    Ok(())
}

/// Hands messages to the window until the session ends.
fn serve() {
    let mut message = MSG::default();
    // SAFETY: `message` outlives the call. Less than 0 is an error, after which there is nothing to serve.
    while unsafe { GetMessageW(&raw mut message, None, 0, 0) }.0 > 0 {
        // SAFETY: the message is one that was given. Whether it was a key does not matter.
        unsafe {
            let _ = TranslateMessage(&raw const message);
            DispatchMessageW(&raw const message);
        }
    }
}

unsafe extern "system" fn called(
    window: HWND,
    message: u32,
    first: WPARAM,
    second: LPARAM,
) -> LRESULT {
    match message {
        ICON => {
            // The event is the lower half (NOTIFYICON_VERSION_4).
            let event = u32::try_from(second.0 & 0xffff).unwrap_or(0);
            if [NIN_BALLOONUSERCLICK, NIN_SELECT].contains(&event) {
                show_whole();
            }
        }
        SHOW => show_whole(),
        WM_CLOSE => end(),
        // 0: some program has kept the session from ending.
        WM_ENDSESSION if first.0 != 0 => end(),
        message if message == TASKBAR.load(Ordering::Acquire) && message != 0 => {
            add();
        }
        // SAFETY: these are the arguments of a window procedure.
        _ => return unsafe { DefWindowProcW(window, message, first, second) },
    }
    LRESULT(0)
}

fn end() {
    tell(NIM_DELETE, &icon());
    ENDED.send_replace(true);
    // SAFETY: it takes a number.
    unsafe { PostQuitMessage(0) };
}

/// The window with the whole text; one at a time.
fn show_whole() {
    if IS_OPEN.swap(true, Ordering::AcqRel) {
        return;
    }
    let (title, text) = WHOLE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let (false, Ok(title), Ok(text)) = (text.is_empty(), wide(&title), wide(&text)) {
        // SAFETY: both texts end with a zero and outlive the call. Messages are served meanwhile.
        unsafe {
            MessageBoxW(
                None,
                PCWSTR(text.as_ptr()),
                PCWSTR(title.as_ptr()),
                MB_OK | MB_ICONWARNING | MB_SETFOREGROUND | MB_TOPMOST,
            )
        };
    }
    IS_OPEN.store(false, Ordering::Release);
}

/// The icon of this process.
fn icon() -> NOTIFYICONDATAW {
    let mut data = NOTIFYICONDATAW {
        cbSize: u32::try_from(size_of::<NOTIFYICONDATAW>()).unwrap_or(0),
        hWnd: window(),
        uID: 1,
        uFlags: NIF_ICON | NIF_MESSAGE | NIF_TIP | NIF_SHOWTIP,
        uCallbackMessage: ICON,
        // SAFETY: the system's own icons are shared, and nobody frees them.
        hIcon: unsafe { LoadIconW(None, IDI_SHIELD) }.unwrap_or_default(),
        ..NOTIFYICONDATAW::default()
    };
    // A text that does not fit is left out.
    drop(put(&mut data.szTip, TIP.get().map_or("", String::as_str)));
    data
}

fn add() -> bool {
    let mut data = icon();
    if !tell(NIM_ADD, &data) {
        return false;
    }
    data.Anonymous = NOTIFYICONDATAW_0 {
        uVersion: NOTIFYICON_VERSION_4,
    };
    tell(NIM_SETVERSION, &data)
}

fn tell(what: NOTIFY_ICON_MESSAGE, data: &NOTIFYICONDATAW) -> bool {
    // SAFETY: the structure says its own size and outlives the call.
    unsafe { Shell_NotifyIconW(what, data) }.as_bool()
}

/// Puts a text where it ends with a zero.
fn put(place: &mut [u16], text: &str) -> io::Result<()> {
    let wide = wide(text)?;
    let fits = place.get_mut(..wide.len());
    fits.ok_or(io::ErrorKind::InvalidInput)?
        .copy_from_slice(&wide);
    Ok(())
}
