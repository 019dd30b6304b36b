//! Deployments and their like, with the pods and services that belong to them.

use serde_json::{Value, json};

use super::infrastructure::{node_address, node_name};
use super::pods::{Care, Place, pod_spec, stored_pod};
use super::random::Random;
use super::{GeneratedCluster, Made, Share, applied, derived, only_applied};

/// Adds workloads until the namespace has its pods.
pub(super) fn workloads(
    cluster: &GeneratedCluster,
    share: &Share,
    accounts: &[String],
    random: &mut Random,
    made: &mut Vec<Made>,
) {
    let refusing: Vec<&str> = made.iter().filter_map(|made| refuses_token(&made.object)).collect();
    let refusing: Vec<String> = refusing.into_iter().map(str::to_owned).collect();
    let mut left = share.pods;
    let mut number = 0;
    while left > 0 {
        let account = if random.chance(30) { "default" } else { random.choose(accounts) };
        let pods = (1 + random.below(8)).min(left);
        let workload = Workload {
            cluster,
            share,
            name: format!(
                "{}-{number}",
                random.choose(&["api", "cache", "front", "import", "queue", "worker"])
            ),
            token_refused: refusing.iter().any(|name| name == account),
            account: account.to_owned(),
            pods,
            first_pod: share.pods - left,
        };
        workload.add(random, made);
        left -= pods;
        number += 1;
    }
}

fn refuses_token(object: &Value) -> Option<&str> {
    let refuses =
        object["kind"] == "ServiceAccount" && object["automountServiceAccountToken"] == false;
    refuses.then(|| object["metadata"]["name"].as_str())?
}

struct Workload<'cluster> {
    cluster: &'cluster GeneratedCluster,
    share: &'cluster Share,
    name: String,
    account: String,
    token_refused: bool,
    pods: usize,
    /// The number of the first pod within the namespace.
    first_pod: usize,
}

impl Workload<'_> {
    fn add(&self, random: &mut Random, made: &mut Vec<Made>) {
        let care = Care::choose(self.share.standard, random);
        let labels = json!({"app": self.name});
        let template = json!({
            "metadata": {"labels": labels},
            "spec": pod_spec(self.share, care, &self.account, random),
        });
        let kind = match random.below(100) {
            _ if care == Care::Privileged && random.chance(60) => "DaemonSet",
            0..=64 => "Deployment",
            65..=79 => "StatefulSet",
            80..=89 => "Job",
            90..=95 => "CronJob",
            _ => "Pod",
        };
        match kind {
            "Deployment" => self.deployment(template, random, made),
            "StatefulSet" => self.stateful_set(template, random, made),
            "DaemonSet" => self.daemon_set(template, random, made),
            "Job" => self.job(template, None, random, made),
            "CronJob" => self.cron_job(template, random, made),
            _ => self.bare_pods(template, random, made),
        }
        if kind == "Deployment" && random.chance(70) {
            self.service(random, made);
        }
        if random.chance(20) {
            self.network_policy(made);
        }
    }

    fn object(&self, api_version: &str, kind: &str, spec: Value) -> Value {
        json!({
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": self.name, "namespace": self.share.name, "labels": {"app": self.name}},
            "spec": spec,
        })
    }

    fn selector(&self) -> Value {
        json!({"matchLabels": {"app": self.name}})
    }

    fn deployment(&self, template: Value, random: &mut Random, made: &mut Vec<Made>) {
        let hash = random.suffix(9);
        let set = format!("{}-{hash}", self.name);
        let spec =
            json!({"replicas": self.pods, "selector": self.selector(), "template": template});
        let mut replicas = self.object("apps/v1", "ReplicaSet", spec.clone());
        replicas["metadata"]["name"] = set.as_str().into();
        replicas["metadata"]["ownerReferences"] = self.owner("apps/v1", "Deployment", &self.name);
        replicas["spec"]["selector"]["matchLabels"]["pod-template-hash"] = hash.as_str().into();
        replicas["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] =
            hash.as_str().into();
        let template = replicas["spec"]["template"].clone();
        made.push(applied(self.object("apps/v1", "Deployment", spec)));
        made.push(derived(replicas));
        self.controlled_pods(&template, ("apps/v1", "ReplicaSet", &set), random, made);
    }

    fn stateful_set(&self, template: Value, random: &mut Random, made: &mut Vec<Made>) {
        let spec = json!({
            "replicas": self.pods, "selector": self.selector(), "serviceName": self.name, "template": template,
        });
        made.push(applied(self.object("apps/v1", "StatefulSet", spec)));
        for number in 0..self.pods {
            let owner = self.owner("apps/v1", "StatefulSet", &self.name);
            made.push(derived(self.pod(
                &template,
                &format!("{}-{number}", self.name),
                Some(owner),
                number,
                random,
            )));
        }
    }

    fn daemon_set(&self, template: Value, random: &mut Random, made: &mut Vec<Made>) {
        let spec = json!({"selector": self.selector(), "template": template});
        made.push(applied(self.object("apps/v1", "DaemonSet", spec)));
        self.controlled_pods(&template, ("apps/v1", "DaemonSet", &self.name), random, made);
    }

    fn job(
        &self,
        mut template: Value,
        owner: Option<Value>,
        random: &mut Random,
        made: &mut Vec<Made>,
    ) {
        template["spec"]["restartPolicy"] = "Never".into();
        let spec =
            json!({"completions": self.pods, "parallelism": self.pods, "template": template});
        let mut job = self.object("batch/v1", "Job", spec);
        match owner {
            Some(owner) => {
                job["metadata"]["ownerReferences"] = owner;
                made.push(derived(job));
            }
            None => made.push(applied(job)),
        }
        self.controlled_pods(&template, ("batch/v1", "Job", &self.name), random, made);
    }

    fn cron_job(&self, mut template: Value, random: &mut Random, made: &mut Vec<Made>) {
        template["spec"]["restartPolicy"] = "Never".into();
        let spec = json!({
            "schedule": format!("{} {} * * *", random.below(60), random.below(24)),
            "jobTemplate": {"spec": {"parallelism": self.pods, "template": template}},
        });
        made.push(applied(self.object("batch/v1", "CronJob", spec)));
        let owner = self.owner("batch/v1", "CronJob", &self.name);
        self.job(template, Some(owner), random, made);
    }

    fn bare_pods(&self, template: Value, random: &mut Random, made: &mut Vec<Made>) {
        for number in 0..self.pods {
            let name = format!("{}-bare-{number}", self.name);
            let mut written = self.object("v1", "Pod", template["spec"].clone());
            written["metadata"]["name"] = name.as_str().into();
            made.push(only_applied(written));
            made.push(derived(self.pod(&template, &name, None, number, random)));
        }
    }

    fn controlled_pods(
        &self,
        template: &Value,
        owner: (&str, &str, &str),
        random: &mut Random,
        made: &mut Vec<Made>,
    ) {
        for number in 0..self.pods {
            let name = format!("{}-{}", owner.2, random.suffix(5));
            let owners = self.owner(owner.0, owner.1, owner.2);
            made.push(derived(self.pod(template, &name, Some(owners), number, random)));
        }
    }

    fn pod(
        &self,
        template: &Value,
        name: &str,
        owners: Option<Value>,
        number: usize,
        random: &mut Random,
    ) -> Value {
        let nodes = self.cluster.size.nodes;
        let node = (nodes > 0).then(|| random.below(nodes));
        let ordinal = self.share.index * 256 + (self.first_pod + number);
        let place = Place {
            node: node.map(node_name),
            node_address: node.map(node_address).unwrap_or_default(),
            pod_address: format!(
                "10.{}.{}.{}",
                128 + ordinal / 65_536 % 64,
                ordinal / 256 % 256,
                ordinal % 256
            ),
            token_refused: self.token_refused,
            token_volume: format!("kube-api-access-{}", random.suffix(5)),
        };
        let mut pod = stored_pod(template, name, owners, &place);
        pod["metadata"]["namespace"] = self.share.name.as_str().into();
        pod
    }

    fn service(&self, random: &mut Random, made: &mut Vec<Made>) {
        let kind = match random.below(20) {
            0 => "LoadBalancer",
            1 => "NodePort",
            _ => "ClusterIP",
        };
        let spec = json!({"type": kind, "selector": {"app": self.name}, "ports": [{"port": 80, "targetPort": 8080}]});
        made.push(applied(self.object("v1", "Service", spec)));
        if random.chance(25) {
            let backend = json!({"service": {"name": self.name, "port": {"number": 80}}});
            let host = format!("{}.{}.example.com", self.name, self.share.name);
            let spec = json!({
                "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
            });
            made.push(applied(self.object("networking.k8s.io/v1", "Ingress", spec)));
        }
    }

    fn network_policy(&self, made: &mut Vec<Made>) {
        let spec = json!({
            "podSelector": self.selector(),
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 8080, "protocol": "TCP"}]}],
        });
        made.push(applied(self.object("networking.k8s.io/v1", "NetworkPolicy", spec)));
    }

    fn owner(&self, api_version: &str, kind: &str, name: &str) -> Value {
        self.cluster.owner(api_version, kind, &self.share.name, name)
    }
}
