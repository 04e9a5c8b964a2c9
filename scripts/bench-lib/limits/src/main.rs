//! The same hash native: `bench-limits COUNT` prints the last of COUNT outputs, then the milliseconds of COUNT hashes, one a
//! line.

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u32 = std::env::args().nth(1).ok_or("usage: bench-limits COUNT")?.parse()?;
    println!("{}", bench_limits::hex(bench_limits::hashes(bench_limits::Whose::Crate, count).map_err(|error| error.to_string())?));
    for _ in 0..count {
        let start = Instant::now();
        bench_limits::hashes(bench_limits::Whose::Crate, 1).map_err(|error| error.to_string())?;
        println!("{:.3}", start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
