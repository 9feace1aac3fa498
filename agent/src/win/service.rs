//! The service control manager of Windows: who is started by it, what it asks, and how the service stands.
//!
//! Touches that manager. Must never decide what follows from what it says.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use windows_service::define_windows_service;
use windows_service::service::{
    PowerEventParam, ServiceAccess, ServiceAction, ServiceActionType, ServiceControl,
    ServiceControlAccept, ServiceExitCode, ServiceFailureActions, ServiceFailureResetPeriod,
    ServiceState, ServiceStatus, ServiceType, SessionChangeReason,
};
use windows_service::service_control_handler::{
    ServiceControlHandlerResult, ServiceStatusHandle, register,
};
use windows_service::service_dispatcher;
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

/// The name under which the installer registers the agent.
pub const NAME: &str = "SekishoAgent";
/// How long a start or a stop may take before the manager gives up on it. An outbox on a busy disk takes seconds.
const PENDING: Duration = Duration::from_secs(30);
/// Notices that wait to be heard; who falls behind is told that some were lost.
const NOTICES_MAX: usize = 16;
/// What the manager may ask. A preshutdown comes before a shutdown, while the network is still there, and by itself
/// waits for 10 s or longer.
const ASKED: ServiceControlAccept = ServiceControlAccept::STOP
    .union(ServiceControlAccept::PRESHUTDOWN)
    .union(ServiceControlAccept::POWER_EVENT)
    .union(ServiceControlAccept::TIME_CHANGE)
    .union(ServiceControlAccept::SESSION_CHANGE);
/// How long after each failure in a row the service is started again; the last holds for all further ones.
const AGAIN: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(60),
];
/// After how long without a failure they are counted anew.
const FORGIVEN: Duration = Duration::from_secs(86_400);

/// What the manager tells beside the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The clock was set.
    ClockSet,
    /// The machine has slept, a fast startup among it.
    Resumed,
    /// Somebody has logged in or out.
    Sessions,
}

/// How the service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has come up.
    Running,
    /// It goes down.
    Stopping,
}

type Work = Box<dyn FnOnce() -> u32 + Send>;

// The manager calls back without a word about for whom: one process is one service.
static WORK: Mutex<Option<Work>> = Mutex::new(None);
static HANDLE: OnceLock<ServiceStatusHandle> = OnceLock::new();
static CODE: AtomicU32 = AtomicU32::new(0);
static STOP: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));
static NOTICES: LazyLock<broadcast::Sender<Notice>> =
    LazyLock::new(|| broadcast::Sender::new(NOTICES_MAX));

define_windows_service!(entered, begun);

/// Runs the work as the service, and gives its exit code. Blocks until it has ended.
///
/// # Errors
/// What the system says; among it that it was not the manager who started this process.
pub fn run(work: impl FnOnce() -> u32 + Send + 'static) -> io::Result<u32> {
    *WORK.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(work));
    service_dispatcher::start(NAME, entered).map_err(said)?;
    Ok(CODE.load(Ordering::Acquire))
}

/// Whether the manager wants the end, now and whenever that changes.
#[must_use]
pub fn stop() -> watch::Receiver<bool> {
    STOP.subscribe()
}

/// What the manager tells from now on.
#[must_use]
pub fn notices() -> broadcast::Receiver<Notice> {
    NOTICES.subscribe()
}

/// Tells the manager, where it has started this process.
pub fn tell(state: State) {
    match state {
        State::Running => put(ServiceState::Running, ServiceExitCode::NO_ERROR),
        State::Stopping => put(ServiceState::StopPending, ServiceExitCode::NO_ERROR),
    }
}

/// Has the manager start the service again when it has failed, where nobody has said what it shall do.
///
/// # Errors
/// What the system says.
pub fn restart_after_failures() -> io::Result<()> {
    let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT);
    // The right to start it is asked of whoever has it started again.
    let rights = ServiceAccess::QUERY_CONFIG | ServiceAccess::CHANGE_CONFIG | ServiceAccess::START;
    let service = manager
        .and_then(|manager| manager.open_service(NAME, rights))
        .map_err(said)?;
    let chosen = service.get_failure_actions().map_err(said)?;
    if chosen.actions.is_some_and(|actions| !actions.is_empty()) {
        return Ok(());
    }
    let again = AGAIN.map(|delay| ServiceAction {
        action_type: ServiceActionType::Restart,
        delay,
    });
    let actions = ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(FORGIVEN),
        reboot_msg: None,
        command: None,
        actions: Some(again.to_vec()),
    };
    service.update_failure_actions(actions).map_err(said)?;
    // Else it would be started again after a crash alone, and not after an end that names its reason.
    let flag = service.set_failure_actions_on_non_crash_failures(true);
    flag.map_err(said)
}

fn begun(_: Vec<std::ffi::OsString>) {
    // The handler holds nothing: the library frees what it holds at a stop, and the manager may ask once more.
    match register(NAME, heard) {
        Ok(handle) => drop(HANDLE.set(handle)),
        Err(error) => {
            tracing::error!(error = %said(error), "the service control manager does not answer");
            CODE.store(1, Ordering::Release);
            return;
        }
    }
    put(ServiceState::StartPending, ServiceExitCode::NO_ERROR);
    let work = WORK.lock().unwrap_or_else(PoisonError::into_inner).take();
    let code = work.map_or(1, |work| work());
    CODE.store(code, Ordering::Release);
    let exit = match code {
        0 => ServiceExitCode::NO_ERROR,
        code => ServiceExitCode::ServiceSpecific(code),
    };
    put(ServiceState::Stopped, exit);
}

fn heard(asked: ServiceControl) -> ServiceControlHandlerResult {
    let notice = match asked {
        ServiceControl::Stop | ServiceControl::Preshutdown | ServiceControl::Shutdown => {
            STOP.send_replace(true);
            put(ServiceState::StopPending, ServiceExitCode::NO_ERROR);
            return ServiceControlHandlerResult::NoError;
        }
        ServiceControl::TimeChange => Notice::ClockSet,
        // A wake that nobody sat at, and one by a person, who is told of second.
        ServiceControl::PowerEvent(
            PowerEventParam::ResumeAutomatic
            | PowerEventParam::ResumeSuspend
            | PowerEventParam::ResumeCritical,
        ) => Notice::Resumed,
        ServiceControl::SessionChange(change)
            if matches!(
                change.reason,
                SessionChangeReason::SessionLogon | SessionChangeReason::SessionLogoff
            ) =>
        {
            Notice::Sessions
        }
        ServiceControl::Interrogate
        | ServiceControl::PowerEvent(_)
        | ServiceControl::SessionChange(_) => return ServiceControlHandlerResult::NoError,
        _ => return ServiceControlHandlerResult::NotImplemented,
    };
    // Nobody hears it while the agent starts, which reads all there is.
    drop(NOTICES.send(notice));
    ServiceControlHandlerResult::NoError
}

fn put(state: ServiceState, exit_code: ServiceExitCode) {
    // There is no manager when a person runs the agent.
    let Some(handle) = HANDLE.get() else { return };
    let is_pending = matches!(
        state,
        ServiceState::StartPending | ServiceState::StopPending
    );
    let told = handle.set_service_status(ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: match state == ServiceState::Running {
            true => ASKED,
            false => ServiceControlAccept::empty(),
        },
        exit_code,
        checkpoint: 0,
        wait_hint: if is_pending { PENDING } else { Duration::ZERO },
        process_id: None,
    });
    if let Err(error) = told {
        tracing::warn!(error = %said(error), "the service control manager was not told");
    }
}

fn said(error: windows_service::Error) -> io::Error {
    match error {
        windows_service::Error::Winapi(error) => error,
        other => io::Error::other(other),
    }
}
