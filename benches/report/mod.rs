//! What the benchmarks print alike.

/// Prints what the figures were measured on.
pub(crate) fn machine() {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")).map(|rest| rest.trim_matches([' ', '\t', ':']));
    println!("\nCPU: {}", model.unwrap_or("unknown"));
}
