//! What Windows Update knows of this machine, without a search of its own: what the last one found.
//!
//! Touches the Windows Update Agent through COM. Must never let it go online, download or install.

use windows::Win32::Foundation::VARIANT_FALSE;
use windows::Win32::System::Com::{
    CLSCTX_ALL, CO_MTA_USAGE_COOKIE, CoCreateInstance, CoDecrementMTAUsage, CoIncrementMTAUsage,
};
use windows::Win32::System::UpdateAgent::{
    AutomaticUpdates, IAutomaticUpdates2, ISystemInformation, IUpdate, IUpdateSession,
    SystemInformation, UpdateSession,
};
use windows::Win32::System::Variant::VT_DATE;
use windows::core::{BSTR, Result};

/// Hidden ones among them: whoever hides an update goes without it all the same.
const MISSING: &str = "IsInstalled=0 and Type='Software'";
/// Updates, and categories or articles of one, that are taken.
const ITEMS_MAX: i32 = 1000;

/// What the last search found.
#[derive(Debug)]
pub struct Search {
    /// When Windows last searched by itself and was answered: days since 1899-12-30 in UTC.
    pub searched: Option<f64>,
    /// How the look into what it found ended (`OperationResultCode`).
    pub code: i32,
    /// How many updates there are, which may be more than are told.
    pub count: i32,
    /// Updates that are not installed.
    pub missing: Vec<Missing>,
}

/// An update that is not installed.
#[derive(Debug)]
pub struct Missing {
    /// Its GUID.
    pub id: String,
    /// The numbers of its articles.
    pub articles: Vec<String>,
    /// The GUIDs of its categories.
    pub categories: Vec<String>,
    /// The word of Microsoft's security response for how grave it is; empty for what mends nothing of that kind.
    pub severity: String,
}

/// Looks into what the last search found.
///
/// # Errors
/// The number of Windows' error.
pub fn search() -> std::result::Result<Search, u32> {
    searched().map_err(|error| error.code().0.cast_unsigned())
}

/// Whether an update waits for a restart.
///
/// # Errors
/// The number of Windows' error.
pub fn restart_needed() -> std::result::Result<bool, u32> {
    restart().map_err(|error| error.code().0.cast_unsigned())
}

fn restart() -> Result<bool> {
    let _apartment = Apartment::enter()?;
    // SAFETY: the apartment is entered, and the class is the one of this interface.
    let system: ISystemInformation =
        unsafe { CoCreateInstance(&SystemInformation, None, CLSCTX_ALL) }?;
    // SAFETY: the object is alive as long as it is held.
    Ok(unsafe { system.RebootRequired() }?.as_bool())
}

fn searched() -> Result<Search> {
    let _apartment = Apartment::enter()?;
    // SAFETY: the apartment is entered, and the class is the one of this interface.
    let session: IUpdateSession = unsafe { CoCreateInstance(&UpdateSession, None, CLSCTX_ALL) }?;
    // SAFETY: each object is alive as long as it is held, and is asked in the apartment that it was made in.
    let (found, updates) = unsafe {
        let searcher = session.CreateUpdateSearcher()?;
        searcher.SetOnline(VARIANT_FALSE)?;
        let found = searcher.Search(&BSTR::from(MISSING))?;
        let updates = found.Updates()?;
        (found, updates)
    };
    // SAFETY: as above.
    let (code, count) = unsafe { (found.ResultCode()?.0, updates.Count()?) };
    let missing = (0..count.min(ITEMS_MAX)).map(|at| {
        // SAFETY: as above; the place is one of those that were counted.
        unsafe { updates.get_Item(at) }.and_then(|update| one(&update))
    });
    Ok(Search {
        searched: last_search()?,
        code,
        count,
        missing: missing.collect::<Result<_>>()?,
    })
}

fn last_search() -> Result<Option<f64>> {
    // SAFETY: the apartment is entered, and the class is the one of this interface.
    let automatic: IAutomaticUpdates2 =
        unsafe { CoCreateInstance(&AutomaticUpdates, None, CLSCTX_ALL) }?;
    // SAFETY: each object is alive as long as it is held.
    let when = unsafe { automatic.Results()?.LastSearchSuccessDate() }?;
    // SAFETY: each arm of the union is read only where its mark says that it is the one.
    unsafe {
        let value = &when.Anonymous.Anonymous;
        Ok((value.vt == VT_DATE).then(|| value.Anonymous.date))
    }
}

fn one(update: &IUpdate) -> Result<Missing> {
    // SAFETY: each object is alive as long as it is held.
    let (id, severity, articles, categories) = unsafe {
        (
            update.Identity()?.UpdateID()?,
            update.MsrcSeverity().unwrap_or_default(),
            update.KBArticleIDs()?,
            update.Categories()?,
        )
    };
    // SAFETY: as above.
    let (count, kinds) = unsafe { (articles.Count()?, categories.Count()?) };
    let articles = (0..count.min(ITEMS_MAX)).map(|at| {
        // SAFETY: as above; the place is one of those that were counted.
        unsafe { articles.get_Item(at) }.map(|text| text.to_string())
    });
    let categories = (0..kinds.min(ITEMS_MAX)).map(|at| {
        // SAFETY: as above; the place is one of those that were counted.
        unsafe { categories.get_Item(at)?.CategoryID() }.map(|text| text.to_string())
    });
    Ok(Missing {
        id: id.to_string(),
        severity: severity.to_string(),
        articles: articles.collect::<Result<_>>()?,
        categories: categories.collect::<Result<_>>()?,
    })
}

/// Where COM is at hand for any thread, as long as it is held.
struct Apartment(CO_MTA_USAGE_COOKIE);

impl Apartment {
    fn enter() -> Result<Self> {
        // SAFETY: it takes nothing; what it gives is given back once.
        unsafe { CoIncrementMTAUsage() }.map(Self)
    }
}

impl Drop for Apartment {
    fn drop(&mut self) {
        // SAFETY: it was given by the call that this undoes. Nothing can be done where it fails.
        unsafe { CoDecrementMTAUsage(self.0) }.ok();
    }
}
