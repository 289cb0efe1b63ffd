//! Functions that the benchmarks share.

pub mod cpu;

/// Prints the CPU on which the benchmark runs.
pub fn machine() {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")).map(|rest| rest.trim_matches([' ', '\t', ':']));
    println!("\nCPU: {}", model.unwrap_or("unknown"));
}
