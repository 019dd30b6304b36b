/// An image as container runtimes understand its name.
///
/// Registry, repository, tag and digest are told apart by the rules of `distribution/reference`
/// (`ParseDockerRef`), which kubelet, containerd and CRI-O share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageReference<'a> {
    /// The registry's host, with its port; `docker.io` where none is written.
    pub registry: &'a str,
    /// The repository as it is written, without the registry: `nginx`, `kube-proxy`, `acme/app`.
    pub repository: &'a str,
    /// The tag, where one is written.
    pub tag: Option<&'a str>,
    /// The digest with its algorithm, where one is written; it decides then, not the tag.
    pub digest: Option<&'a str>,
    /// Whether the registry is written, rather than supplied by the runtime.
    pub names_registry: bool,
}

/// The registry of names that have none.
const DEFAULT_REGISTRY: &str = "docker.io";

impl<'a> ImageReference<'a> {
    /// Reads the name of an image. `None` for what no container runtime takes.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) || is_identifier(text) {
            return None;
        }
        let (host, remainder) = match name.split_once('/') {
            Some((host, remainder)) if is_host_like(host) => (Some(host), remainder),
            _ => (None, name),
        };
        if host.is_some_and(|host| !is_host(host)) {
            return None;
        }
        let (repository, tag) = match remainder.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (remainder, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) || !is_repository(repository) {
            return None;
        }
        let registry = host.unwrap_or(DEFAULT_REGISTRY);
        let registry = if registry == "index.docker.io" { DEFAULT_REGISTRY } else { registry };
        Some(Self { registry, repository, tag, digest, names_registry: host.is_some() })
    }

    /// The registry and the repository as runtimes ask for it: `docker.io/library/nginx`.
    #[must_use]
    pub fn full_name(&self) -> String {
        let library =
            if self.is_official() && !self.repository.starts_with(LIBRARY) { LIBRARY } else { "" };
        format!("{}/{library}{}", self.registry, self.repository)
    }

    /// Whether it is one of Docker Hub's own images, which need no name of a publisher.
    #[must_use]
    pub fn is_official(&self) -> bool {
        let name = self.repository.strip_prefix(LIBRARY).unwrap_or(self.repository);
        self.registry == DEFAULT_REGISTRY && !name.contains('/')
    }

    /// The tag that is pulled: `latest` where neither a tag nor a digest is written, none where
    /// the digest decides.
    #[must_use]
    pub fn effective_tag(&self) -> Option<&'a str> {
        match self.digest {
            Some(_) => None,
            None => Some(self.tag.unwrap_or("latest")),
        }
    }

    /// Whether the repository ends in these components, wherever it was copied to: the copy of
    /// `argoproj/argocd` at `registry.example.com/mirror/argoproj/argocd` is the same program.
    ///
    /// A name of one component is only that of Docker Hub's own image or of a registry's top.
    #[must_use]
    pub fn is_copy_of(&self, name: &str) -> bool {
        let name_is_whole = |before: &str| before.is_empty() || before.ends_with('/');
        match self.repository.strip_suffix(name) {
            Some(before) if name.contains('/') => name_is_whole(before),
            Some(before) => before.is_empty() || before == LIBRARY,
            None => false,
        }
    }
}

const LIBRARY: &str = "library/";

/// Whether what stands before the first slash is a host: it has a dot or port, or is `localhost`,
/// or has letters that no repository may have.
fn is_host_like(text: &str) -> bool {
    text == "localhost" || text.contains(['.', ':']) || text.chars().any(|c| c.is_ascii_uppercase())
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    if port.is_some_and(|port| !is_port(port)) {
        return false;
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    }
    host.split('.').all(|label| {
        let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = label.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    })
}

/// The longest repository name.
const MAX_REPOSITORY: usize = 255;

fn is_repository(text: &str) -> bool {
    text.len() <= MAX_REPOSITORY && text.split('/').all(is_path_component)
}

/// Lower-case letters and digits, with one dot, one or two underscores or any hyphens between.
fn is_path_component(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    if !letter(first) || !letter(last) {
        return false;
    }
    bytes.split(|&b| letter(b)).all(|separator| {
        matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|&b| b == b'-')
    })
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = text.bytes();
    (1..=128).contains(&text.len())
        && bytes.next().is_some_and(word)
        && bytes.all(|b| word(b) || b == b'.' || b == b'-')
}

/// A registered algorithm (OCI image specification) and as many lower-case hexadecimal digits as
/// it gives.
fn is_digest(text: &str) -> bool {
    let Some((algorithm, digits)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    digits.len() == length && digits.bytes().all(is_lower_hex)
}

/// What would be taken for an image's id.
fn is_identifier(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(is_lower_hex)
}

fn is_lower_hex(b: u8) -> bool {
    b.is_ascii_digit() || (b'a'..=b'f').contains(&b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ImageReference;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn names_are_read_as_runtimes_read_them() {
        let check = |text: &str, full: &str, tag: Option<&str>| {
            let image = ImageReference::parse(text).expect(text);
            assert_eq!((&*image.full_name(), image.tag), (full, tag), "{text}");
        };
        check("nginx", "docker.io/library/nginx", None);
        check("nginx:1.25", "docker.io/library/nginx", Some("1.25"));
        check("library/nginx", "docker.io/library/nginx", None);
        check("docker.io/nginx", "docker.io/library/nginx", None);
        check("index.docker.io/library/nginx", "docker.io/library/nginx", None);
        check("acme/app:v1", "docker.io/acme/app", Some("v1"));
        check("localhost/app", "localhost/app", None);
        check("localhost:5000/app", "localhost:5000/app", None);
        check("Registry/app", "Registry/app", None);
        check("[::1]:5000/a/b:2", "[::1]:5000/a/b", Some("2"));
        check("registry.k8s.io/pause:3.10", "registry.k8s.io/pause", Some("3.10"));
        check("a/b/c__d/e-----f.g", "docker.io/a/b/c__d/e-----f.g", None);
        // A port without a path is a tag.
        check("localhost:5000", "docker.io/library/localhost", Some("5000"));
    }

    #[test]
    fn a_digest_decides_beside_a_tag() {
        let text = format!("acme/app:v1@{DIGEST}");
        let image = ImageReference::parse(&text).expect("an image");
        assert_eq!(image.digest, Some(DIGEST));
        assert_eq!((image.tag, image.effective_tag()), (Some("v1"), None));
        let image = ImageReference::parse("acme/app").expect("an image");
        assert_eq!(image.effective_tag(), Some("latest"));
    }

    #[test]
    fn what_no_runtime_takes_is_refused() {
        let long = "a".repeat(256);
        let identifier = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for text in [
            "",
            " nginx",
            "nginx ",
            "Nginx",
            "acme/App",
            "nginx:",
            "nginx:-a",
            "a//b",
            "/a",
            "a/",
            "a..b",
            "a___b",
            "-a",
            "a_",
            "http://a/b",
            "a:b:c",
            "{{ .Values.image }}",
            "$(IMAGE)",
            "nginx@",
            "nginx@sha256:",
            "nginx@sha256:abc",
            "nginx@md5:abc",
            "reg.io:x/a",
            ":5000/a",
            "a.-b.io/a",
            "nginx@a@b",
            "häuser/a",
            &long,
            identifier,
        ] {
            assert_eq!(ImageReference::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn copies_are_known_by_the_end_of_their_name() {
        let check = |text: &str, name: &str, expected: bool| {
            let image = ImageReference::parse(text).expect(text);
            assert_eq!(image.is_copy_of(name), expected, "{text} {name}");
        };
        check("quay.io/argoproj/argocd:v2.1", "argoproj/argocd", true);
        check("mirror.example.com/quay/argoproj/argocd", "argoproj/argocd", true);
        check("quay.io/notargoproj/argocd", "argoproj/argocd", false);
        check("redis:7", "redis", true);
        check("docker.io/library/redis:7", "redis", true);
        check("acme/redis:7", "redis", false);
        check("registry.k8s.io/kube-proxy:v1.31.0", "kube-proxy", true);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            let _ = ImageReference::parse(&text);
        }

        #[test]
        fn what_is_put_together_is_taken_apart_again(
            host in prop_oneof![
                Just(None),
                "[a-z]{1,8}\\.[a-z]{2,3}(:[0-9]{1,5})?".prop_map(Some),
                Just(Some("localhost".to_owned())),
            ],
            repository in "[a-z0-9]{1,6}([._-][a-z0-9]{1,6})?(/[a-z0-9]{1,6}){0,3}",
            tag in proptest::option::of("[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}"),
            digest in proptest::option::of("sha256:[0-9a-f]{64}"),
        ) {
            // What stands before a slash and has a dot would be a host.
            let first = repository.split('/').next().unwrap_or_default();
            prop_assume!(host.is_some() || !repository.contains('/') || !first.contains('.'));
            let mut text = host.iter().map(|host| format!("{host}/")).collect::<String>();
            text.push_str(&repository);
            text.extend(tag.iter().map(|tag| format!(":{tag}")));
            text.extend(digest.iter().map(|digest| format!("@{digest}")));
            let image = ImageReference::parse(&text);
            prop_assert!(image.is_some(), "{text}");
            if let Some(image) = image {
                prop_assert_eq!(image.registry, host.as_deref().unwrap_or("docker.io"));
                prop_assert_eq!(image.repository, &*repository);
                prop_assert_eq!(image.tag, tag.as_deref());
                prop_assert_eq!(image.digest, digest.as_deref());
            }
        }

        #[test]
        fn the_full_name_names_the_same_image(repository in "[a-z0-9]{1,6}(/[a-z0-9]{1,6}){0,2}") {
            let full = ImageReference::parse(&repository).expect("an image").full_name();
            let again = ImageReference::parse(&full).expect("an image");
            prop_assert_eq!(again.full_name(), full.clone());
        }
    }
}
