//! The functions of this domain on Lambda.

fn main() -> std::process::ExitCode {
    plat_runtime::run(plat_tasks::functions())
}
