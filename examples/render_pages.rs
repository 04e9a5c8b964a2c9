//! Writes every sample of every page, in every profile and language, to `.out/pages/SERVICE/LANG/NAME.html`, beside the
//! assets they link to: for looking at them, and for screenshots. `cargo run --example render_pages`, then serve `.out/pages`.

use std::{fs, path::Path};

use durable::profile::{self, Service};
use kagiban::{
    pages::{self, Brand},
    texts::Lang,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = Path::new(".out/pages");
    let mut written: u32 = 0;
    for service in Service::ALL {
        let brand = Brand::shipped(service.code()).unwrap_or_else(Brand::neutral);
        for lang in Lang::ALL {
            let folder = out.join(service.code()).join(lang.tag());
            fs::create_dir_all(&folder)?;
            for (name, html) in pages::samples(lang, &brand, profile::of(service).password, str::to_owned)? {
                fs::write(folder.join(format!("{name}.html")), html)?;
                written = written.saturating_add(1);
            }
        }
    }
    let assets = Path::new("src/assets");
    let served = out.join("static");
    fs::create_dir_all(&served)?;
    fs::write(served.join("app.css"), stylesheet(&assets.join("styles"))?)?;
    fs::write(served.join("storage.css"), stylesheet(&assets.join("storage"))?)?;
    for folder in ["js", "img"] {
        fs::create_dir_all(served.join(folder))?;
        for file in fs::read_dir(assets.join(folder))? {
            let file = file?;
            fs::copy(file.path(), served.join(folder).join(file.file_name()))?;
        }
    }
    println!("{written} pages in {}", out.display());
    Ok(())
}

/// The sources of the stylesheet, joined in the order of their names, as `scripts/build` does it.
fn stylesheet(folder: &Path) -> std::io::Result<String> {
    let mut files: Vec<_> = fs::read_dir(folder)?.map(|file| file.map(|file| file.path())).collect::<Result<_, _>>()?;
    files.sort();
    files.into_iter().map(fs::read_to_string).collect()
}
