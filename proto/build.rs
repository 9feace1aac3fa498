//! Compiles the contract with a compiler written in Rust, so that no `protoc` need be installed.
//!
//! Touches the `.proto` files and `OUT_DIR`. Must never fetch anything.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["facts", "verdict", "order", "agent", "enrol"]
        .map(|name| format!("sekisho/v1/{name}.proto"));
    for file in &files {
        println!("cargo::rerun-if-changed={file}");
    }
    let descriptors = protox::compile(&files, ["."])?;
    tonic_prost_build::configure()
        .bytes(".sekisho.v1")
        .codec_path("crate::codec::SmallBuffers")
        .compile_fds(descriptors)?;
    Ok(())
}
