use anyhow::bail;
use merlon_controls::framework;

use crate::arguments::Benchmarks;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Lists the benchmarks, or the sections of one.
pub fn run(benchmarks: &Benchmarks, _terminal: &Terminal) -> anyhow::Result<Exit> {
    let Some(id) = &benchmarks.benchmark else {
        for benchmark in framework::benchmarks() {
            anstream::println!("{:26} {}", benchmark.id, benchmark.name);
        }
        return Ok(Exit::Clean);
    };
    let Some(benchmark) = framework::find(id) else {
        bail!("there is no benchmark {id}: `merlon benchmarks` lists them");
    };
    for section in benchmark.sections() {
        let controls: Vec<&str> = section.controls.iter().map(|(control, _)| control.id).collect();
        anstream::println!("{:9} {}  [{}]", section.id, section.title, controls.join(" "));
    }
    Ok(Exit::Clean)
}
