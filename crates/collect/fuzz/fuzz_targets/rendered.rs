#![no_main]

use merlon_collect::fuzzing::rendered;

// Whatever Helm writes: what has a source is kept whole and once, and every line has an answer.
libfuzzer_sys::fuzz_target!(|input: (&str, &str)| {
    let (template, output) = input;
    let mut kept = 0;
    for (path, text, lines) in rendered(template, output) {
        assert!(!path.is_empty() && text.contains(&path));
        assert_eq!(lines.len(), text.lines().count());
        kept += text.matches(|symbol| symbol != '\n').count();
    }
    assert!(kept <= output.matches(|symbol| symbol != '\n').count());
});
