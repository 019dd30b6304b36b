use std::process::{Command, Output};

const TEST: &str = "objects_are_created_and_listed";

/// Runs the tests that contain [`TEST`] where there is nothing to run them with.
fn without_executables(required: bool) -> Output {
    let nothing =
        std::env::temp_dir().join(format!("merlon-testkit-nothing-{}", std::process::id()));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg(TEST)
        .env_remove("KUBEBUILDER_ASSETS")
        .env_remove("MERLON_REQUIRE_TESTKIT")
        .env("MERLON_TESTKIT_BUILD", "never")
        .env("MERLON_TESTKIT_CACHE", nothing);
    if required {
        command.env("MERLON_REQUIRE_TESTKIT", "1");
    }
    command.output().unwrap()
}

pub(crate) fn by_name() {
    let skipped = without_executables(false);
    let output = String::from_utf8_lossy(&skipped.stdout).into_owned();
    assert!(skipped.status.success(), "{output}");
    assert!(output.contains("0 passed; 0 failed; 2 ignored"), "{output}");
    let reasons = String::from_utf8_lossy(&skipped.stderr).into_owned();
    for version in merlon_testkit::Version::ALL {
        assert!(output.contains(&format!("{TEST}_{version}")), "{output}");
        let reason = format!(
            "skipping 1 of the tests ({TEST}_{version}): no executables of Kubernetes {version} in"
        );
        assert!(reasons.contains(&reason), "{reasons}");
    }

    let failed = without_executables(true);
    let output = String::from_utf8_lossy(&failed.stdout).into_owned();
    assert!(!failed.status.success());
    assert!(output.contains("0 passed; 2 failed; 0 ignored"), "{output}");
}
