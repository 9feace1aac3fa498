//! What Windows knows of the program without starting it: its name and version, and how it wants to be run.
//!
//! Touches the output folder. Must never do anything for another system.

use std::error::Error;

/// No more rights than whoever starts it, paths of any length, texts of the C library in UTF-8, and no window of a console
/// where there was none before: a login would open one that stays.
const MANIFEST: &str = r#"<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security><requestedPrivileges><requestedExecutionLevel level="asInvoker" uiAccess="false"/></requestedPrivileges></security>
  </trustInfo>
  <application xmlns="urn:schemas-microsoft-com:asm.v3">
    <windowsSettings>
      <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
      <activeCodePage xmlns="http://schemas.microsoft.com/SMI/2019/WindowsSettings">UTF-8</activeCodePage>
      <consoleAllocationPolicy xmlns="http://schemas.microsoft.com/SMI/2024/WindowsSettings">detached</consoleAllocationPolicy>
    </windowsSettings>
  </application>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">
    <application><supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/></application>
  </compatibility>
</assembly>
"#;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS")? != "windows" {
        return Ok(());
    }
    winresource::WindowsResource::new()
        .set("ProductName", "Sekisho Agent")
        .set("FileDescription", "Sekisho Agent")
        .set("CompanyName", "Sekisho")
        .set("LegalCopyright", "The Sekisho authors; Apache-2.0 OR MIT")
        .set("OriginalFilename", "sekisho-agent.exe")
        .set_manifest(MANIFEST)
        .compile()?;
    Ok(())
}
