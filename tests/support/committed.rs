//! Generated files are what the code generates.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let support = Path::new(env!("CARGO_MANIFEST_DIR"));
    support.ancestors().nth(2).expect("a folder below the root").to_owned()
}

/// Compares what the code generates with what is committed; `BLESS=1` writes it.
pub fn assert_committed(path: &str, expected: &str) {
    let file = repository().join(path);
    let found = fs::read_to_string(&file).unwrap_or_default();
    if found == expected {
        return;
    }
    assert!(env::var_os("BLESS").is_some(), "{path} is stale; run `make bless` and read the diff");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, expected).unwrap();
}
