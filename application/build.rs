//! Tells the code in which form it keeps what processes share in Redis: a hash of the sources that say so.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn main() -> std::io::Result<()> {
    let mut sources = Vec::new();
    for folder in ["../domain/src", "../projections/src"] {
        println!("cargo::rerun-if-changed={folder}");
        collect(Path::new(folder), &mut sources)?;
    }
    sources.sort();
    let mut hash = Sha256::new();
    for source in sources {
        hash.update(source.to_string_lossy().as_bytes());
        hash.update(std::fs::read(source)?);
    }
    let form: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=FRONTDESK_FORM={form}");
    Ok(())
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, sources)?;
        } else {
            sources.push(path);
        }
    }
    Ok(())
}
