use std::collections::BTreeSet;

use merlon_controls::Check;
use merlon_model::{Action, Finding, Outcome, Report};
use merlon_testkit::{ControlPlane, Credential, Version, block_on};
use serde_json::{Value, json};

use crate::program::merlon;

/// Workloads of every built-in kind, some decent and some not.
fn workloads(namespace: &str) -> Vec<Value> {
    let decent = json!({
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "automountServiceAccountToken": false,
        "containers": [{
            "name": "app",
            "image": "registry.example.com/app:1.2",
            "resources": {"requests": {"cpu": "1", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            },
        }],
    });
    let careless = json!({
        "hostPID": true,
        "initContainers": [{"name": "setup", "image": "busybox", "securityContext": {"runAsUser": 0}}],
        "containers": [
            {"name": "app", "image": "nginx", "securityContext": {"privileged": true}},
            {"name": "b", "image": "nginx:1", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}},
        ],
        "volumes": [{"name": "run", "hostPath": {"path": "/var/run"}}],
    });
    let template = |spec: &Value| json!({"metadata": {"labels": {"app": "a"}}, "spec": spec});
    let job = |spec: &Value| {
        let mut template = template(spec);
        template["spec"]["restartPolicy"] = json!("Never");
        json!({"template": template})
    };
    let object = |version: &str, kind: &str, name: &str, spec: Value| {
        let metadata = json!({"name": name, "namespace": namespace});
        json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    };
    let selected = |spec: &Value| {
        let selector = json!({"matchLabels": {"app": "a"}});
        json!({"selector": selector, "template": template(spec), "replicas": 1})
    };
    let set = |spec: &Value| {
        let mut set = selected(spec);
        set["serviceName"] = json!("none");
        set
    };
    let daemons = |spec: &Value| {
        let mut daemons = selected(spec);
        daemons.as_object_mut().unwrap().remove("replicas");
        daemons
    };
    let cron = |spec: &Value| json!({"schedule": "5 1 * * *", "jobTemplate": {"spec": job(spec)}});
    vec![
        object("apps/v1", "Deployment", "decent", selected(&decent)),
        object("apps/v1", "Deployment", "careless", selected(&careless)),
        object("apps/v1", "StatefulSet", "careless", set(&careless)),
        object("apps/v1", "DaemonSet", "careless", daemons(&careless)),
        object("batch/v1", "CronJob", "careless", cron(&careless)),
        object("batch/v1", "Job", "careless", job(&careless)),
        object("v1", "Pod", "decent", decent),
    ]
}

/// Of the workloads of a namespace, what the controls that look at pods alone find.
fn found(report: &Report, namespace: &str) -> BTreeSet<String> {
    let alone = |control: &str| {
        let control = merlon_controls::find(control).unwrap();
        matches!(control.check, Check::Pod { reads: [], .. } | Check::Container { reads: [], .. })
    };
    report
        .findings
        .iter()
        .filter(|finding| finding.outcome != Outcome::Pass && alone(&finding.control))
        .filter_map(|finding| {
            let part = finding.part.as_ref()?;
            (part.object.namespace.as_deref() == Some(namespace)).then(|| {
                let container = part.container.clone().unwrap_or_default();
                let (control, message) = (&finding.control, &finding.message);
                format!("{control} {} {container} {} {message}", part.object, finding.outcome)
            })
        })
        .collect()
}

pub(crate) fn alike(plane: &ControlPlane, version: Version) {
    let namespace = block_on(plane.namespace("alike")).unwrap();
    let objects = workloads(&namespace);
    block_on(plane.apply(&objects)).unwrap_or_else(|error| panic!("{error}"));

    let directory = tempfile::tempdir().unwrap();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    std::fs::write(directory.path().join("all.json"), list.to_string()).unwrap();
    let release = version.to_string();
    let scan = ["scan", "-o", "json", "--kubernetes-version", &release];
    let written = merlon(directory.path(), false, &[&scan[..], &["all.json"]].concat()).report();

    let kubeconfig = plane.kubeconfig();
    let kubeconfig = kubeconfig.to_str().unwrap();
    let arguments = ["scan", "-o", "json", "--kubeconfig", kubeconfig];
    let live = merlon(directory.path(), false, &arguments).report();

    let (written, live) = (found(&written, &namespace), found(&live, &namespace));
    assert!(written.len() > 50, "{written:#?}");
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
        a.difference(b).cloned().collect()
    };
    assert_eq!(only(&written, &live), Vec::<String>::new(), "only in the file");
    assert_eq!(only(&live, &written), Vec::<String>::new(), "only in the cluster");
}

/// The server takes every patch, and what it would store has none of what the patch mends.
pub(crate) fn patched(plane: &ControlPlane, version: Version) {
    let namespace = block_on(plane.namespace("patched")).unwrap();
    let objects = workloads(&namespace);
    block_on(plane.apply(&objects)).unwrap_or_else(|error| panic!("{error}"));
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = plane.kubeconfig();
    let arguments = ["scan", "-o", "json", "--kubeconfig", kubeconfig.to_str().unwrap()];
    let report = merlon(directory.path(), false, &arguments).report();

    let (mut stored, mut mended) = (Vec::new(), BTreeSet::new());
    for patch in merlon_remediate::object_patches(&report, true) {
        let object = patch.object;
        // Of pods and jobs nearly nothing may change.
        let place = match object.kind.as_str() {
            "Deployment" | "StatefulSet" | "DaemonSet" => "apis/apps/v1",
            "CronJob" => "apis/batch/v1",
            _ => continue,
        };
        if object.namespace.as_deref() != Some(namespace.as_str()) {
            continue;
        }
        let (kind, name) = (object.kind.to_lowercase(), &object.name);
        let path = format!("/{place}/namespaces/{namespace}/{kind}s/{name}?dryRun=All");
        let answer = plane.json_patch(&Credential::Admin, &path, &patch.operations);
        let answer = block_on(answer).unwrap();
        assert_eq!(answer.status, 200, "{object}: {}\n{:#?}", answer.body, patch.operations);
        stored.push(serde_json::from_str::<Value>(&answer.body).unwrap());
        mended.extend(patch.mended.iter().map(said));
    }
    assert!(stored.len() >= 4 && mended.len() > 50, "{stored:#?}");

    let list = json!({"apiVersion": "v1", "kind": "List", "items": stored});
    std::fs::write(directory.path().join("all.json"), list.to_string()).unwrap();
    let scan = ["scan", "-o", "json", "--kubernetes-version", &version.to_string(), "all.json"];
    let after = merlon(directory.path(), false, &scan).report();
    let failing = after.findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    let left: Vec<String> = failing.map(said).filter(|it| mended.contains(it)).collect();
    assert_eq!(left, Vec::<String>::new());
}

/// What `merlon fix` prints for the objects of a namespace, carried out as `kubectl` does it, leaves
/// none of the findings that it says to mend.
pub(crate) fn mended(plane: &ControlPlane) {
    let namespace = block_on(plane.namespace("mended")).unwrap();
    let mut objects = workloads(&namespace);
    objects.push(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "careless", "namespace": namespace},
        "spec": {
            "hostPID": true,
            "containers": [
                {"name": "a", "image": "nginx:1", "securityContext": {"privileged": true}},
                {"name": "b", "image": "nginx:1"},
            ],
        },
    }));
    block_on(plane.apply(&objects)).unwrap_or_else(|error| panic!("{error}"));
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = plane.kubeconfig();
    let kubeconfig = ["--kubeconfig", kubeconfig.to_str().unwrap()];
    let report = || {
        let scan = [&["scan", "-o", "json"][..], &kubeconfig].concat();
        merlon(directory.path(), false, &scan).report()
    };
    let before = report();
    let fix = merlon(directory.path(), false, &[&["fix", "--review"][..], &kubeconfig].concat());
    assert!(!fix.stdout.contains("would still be there"), "{}", fix.stdout);

    let commands = fix.stdout.lines().filter_map(|line| line.strip_prefix("    $ ")).map(words);
    let own = |words: &Vec<String>| {
        words.contains(&"--namespace".to_owned()) && words.contains(&namespace)
    };
    let mut patched = BTreeSet::new();
    for words in commands.filter(own) {
        let kind = words[2].split('.').next().unwrap().to_owned();
        carry_out(plane, &namespace, &words);
        patched.insert(kind);
    }
    let expected = ["CronJob", "DaemonSet", "Deployment", "Pod", "StatefulSet"];
    assert_eq!(patched, expected.map(str::to_owned).into());
    // No kubelet makes new pods ready, so nothing would roll out.
    for made in ["apis/apps/v1/namespaces/{}/replicasets", "api/v1/namespaces/{}/pods"] {
        let path = format!("/{}?labelSelector=app", made.replace("{}", &namespace));
        block_on(plane.delete(&Credential::Admin, &path)).unwrap();
    }

    let mended: BTreeSet<String> = fixable(&before, &namespace);
    assert!(mended.len() > 50, "{mended:#?}");
    let mut left = Vec::new();
    for _ in 0..20 {
        let after = fixable(&report(), &namespace);
        left = after.intersection(&mended).cloned().collect();
        if left.is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    panic!("{left:#?}\nis left after\n{}", fix.stdout);
}

/// What of a namespace's workloads, other than those of jobs, an edit is offered for.
fn fixable(report: &Report, namespace: &str) -> BTreeSet<String> {
    let findings = report.findings.iter().filter(|finding| {
        let is_edit = |action: &Action| {
            matches!(action, Action::EditObject { object, .. }
                if object.namespace.as_deref() == Some(namespace) && object.kind != "Job")
        };
        finding.outcome == Outcome::Fail && finding.actions.iter().any(is_edit)
    });
    findings.map(said).collect()
}

/// Does what a printed command does: patches an object, or makes a pod anew.
fn carry_out(plane: &ControlPlane, namespace: &str, words: &[String]) {
    let (kind, name) = (words[2].to_lowercase(), &words[3]);
    let (kind, group) = kind.split_once('.').unwrap_or((&kind, ""));
    let place = if group.is_empty() { "api/v1".to_owned() } else { format!("apis/{group}/v1") };
    let all = format!("/{place}/namespaces/{namespace}/{kind}s");
    let path = format!("{all}/{name}");
    let patch = words.iter().position(|word| word == "--patch").unwrap() + 1;
    let patch: Value = serde_json::from_str(&words[patch]).unwrap();
    let admin = &Credential::Admin;
    let answer = if words.contains(&"replace".to_owned()) {
        let pod = block_on(plane.get(admin, &path)).unwrap();
        let mut pod: Value = serde_json::from_str(&pod.body).unwrap();
        let patch: json_patch::Patch = serde_json::from_value(patch.clone()).unwrap();
        json_patch::patch(&mut pod, &patch).unwrap();
        pod["metadata"].as_object_mut().unwrap().remove("resourceVersion");
        let gone = block_on(plane.delete(admin, &path)).unwrap();
        assert_eq!(gone.status, 200, "{}", gone.body);
        block_on(plane.post(admin, &all, &pod)).unwrap()
    } else {
        let operations = patch.as_array().unwrap();
        block_on(plane.json_patch(admin, &path, operations)).unwrap()
    };
    assert!([200, 201].contains(&answer.status), "{path}: {}\n{patch:#}", answer.body);
}

/// The words of a command as a POSIX shell reads them, of which the only quotes are single ones.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        let word = words.last_mut().unwrap();
        match character {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(characters.next()),
            ' ' if !quoted => words.push(String::new()),
            character => word.push(character),
        }
    }
    words
}

/// Control, object and container of a finding, and what is wrong.
fn said(finding: &Finding) -> String {
    format!("{} {} {}", finding.control, finding.resource, finding.message)
}

pub(crate) fn nobody(plane: &ControlPlane) {
    let namespace = block_on(plane.namespace("nobody")).unwrap();
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "nobody", "namespace": namespace},
    });
    block_on(plane.apply(&[account])).unwrap_or_else(|error| panic!("{error}"));
    let credential = block_on(plane.service_account_token(&namespace, "nobody")).unwrap();
    let Credential::Token(token) = credential else { panic!("a service account has a token") };
    let directory = tempfile::tempdir().unwrap();
    let authority = directory.path().join("ca.crt");
    std::fs::write(&authority, plane.ca()).unwrap();
    let cluster = json!({"server": plane.url(), "certificate-authority": "ca.crt"});
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": token}}],
        "contexts": [{"name": "nobody", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "nobody",
    });
    std::fs::write(directory.path().join("config"), config.to_string()).unwrap();

    for benchmark in [&[][..], &["--benchmark", "cis-1.12"]] {
        let scan = ["scan", "-o", "json", "--kubeconfig", "config"];
        let output = merlon(directory.path(), false, &[&scan[..], benchmark].concat());
        let report = output.report();
        let passing: Vec<_> =
            report.findings.iter().filter(|it| it.outcome == Outcome::Pass).collect();
        assert!(passing.is_empty(), "{passing:#?}");
        assert_eq!(report.summary.get(Outcome::Fail), 0);
        assert!(report.summary.get(Outcome::Error) > 0);
        assert_eq!(output.code, Some(3), "{}", output.stderr);
    }
}
