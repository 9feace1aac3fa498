//! Compiles the contract of the bench's baseline.
//!
//! Touches `bench/raw.proto` and `OUT_DIR`. Must never fetch anything.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=bench/raw.proto");
    let descriptors = protox::compile(["bench/raw.proto"], ["."])?;
    tonic_prost_build::configure()
        .bytes(".sekisho.bench")
        .compile_fds(descriptors)?;
    Ok(())
}
