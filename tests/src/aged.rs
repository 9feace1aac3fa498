//! Time that has passed without anybody waiting for it: a laptop's certificate of some days ago, a collector that has
//! listened for days.
//!
//! Touches the files of a collector and of a laptop that both stand still. Must never make a certificate
//! otherwise than the collector makes its own.

use sekisho_agent::identity::Identity;
use sekisho_agent::paths::Paths;
use sekisho_collector::authority::DeviceKey;
use sekisho_collector::clock;
use sekisho_collector::config::Config;
use sekisho_collector::keys::Keys;
use sekisho_collector::record::Certificate;
use sekisho_collector::store::Store;
use sekisho_collector::store::sqlite::SqliteStore;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Span;

use std::sync::Arc;

use crate::laptop::Laptop;
use crate::world::World;

/// Puts a certificate of that age in the place of the laptop's, on both sides.
///
/// # Errors
/// When one of the two still runs, or its files are not as they should be.
pub fn certificate_is_of(world: &World, laptop: &Laptop, days: i64) -> anyhow::Result<()> {
    let config = Config::load(&world.collector_dir())?;
    let keys = Arc::new(Keys::load(&config.keys_dir())?);
    let store = SqliteStore::open(&config.store_dir(), Arc::clone(&keys.audit) as Arc<_>)?;
    let paths = Paths::new(laptop.state_dir());
    let mut identity = Identity::load(&paths)?;
    let key = DeviceKey::from_point(identity.key.public());
    let key = key.ok_or_else(|| anyhow::anyhow!("the laptop's key is no point"))?;
    let made_at = clock::now().after(Span::from_days(-days));
    let issued = keys
        .authority
        .issue_device(identity.device, &key, made_at)?;
    let certificate = Certificate {
        fingerprint: Fingerprint::of(&issued.certificate),
        not_after: issued.not_after,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let row = store.device_fetch(identity.device).await?;
        let mut row = row.ok_or_else(|| anyhow::anyhow!("it is no device"))?;
        row.certificates = vec![certificate];
        store.device_change(row, Vec::new()).await?;
        anyhow::Ok(())
    })?;
    identity.chain = vec![issued.certificate];
    Ok(identity.store(&paths)?)
}

/// Puts down that the collector has listened so much longer, and heard nobody.
///
/// # Errors
/// When it still runs, or its files are not as they should be.
pub fn collector_has_listened(world: &World, longer: Span) -> anyhow::Result<()> {
    let config = Config::load(&world.collector_dir())?;
    let keys = Keys::load(&config.keys_dir())?;
    let store = SqliteStore::open(&config.store_dir(), Arc::clone(&keys.audit) as Arc<_>)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let listened = store.listened().await?;
        let listened = Span(listened.0.saturating_add(longer.0));
        Ok(store.seen_record(Vec::new(), listened).await?)
    })
}
