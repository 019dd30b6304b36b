//! Executables that tell the release they were made from, and do nothing else.

/// An ELF file with a `.go.buildinfo` section as Go's linker writes it, naming a release of
/// Kubernetes, or of etcd.
pub(crate) fn of_release(program: &str, release: &str) -> Vec<u8> {
    let modules = match program {
        "etcd" => format!("mod\tgo.etcd.io/etcd/server/v3\t{release}\t\n"),
        _ => format!(
            "mod\tk8s.io/kubernetes\t(devel)\t\n\
             build\t-ldflags=\"-X k8s.io/component-base/version.gitVersion={release} -s -w\"\n"
        ),
    };
    with_section(&build_information(&modules))
}

/// Header of 32 bytes, the release of Go, then the modules between marks of 16 bytes; texts have
/// their lengths before them (Go's `debug/buildinfo`).
fn build_information(modules: &str) -> Vec<u8> {
    const INLINE: u8 = 2;
    let mut section = b"\xff Go buildinf:\x08".to_vec();
    section.push(INLINE);
    section.resize(32, 0);
    text(&mut section, b"go1.24.9");
    text(&mut section, &[&[b'<'; 16], modules.as_bytes(), &[b'>'; 16]].concat());
    section
}

fn text(section: &mut Vec<u8>, text: &[u8]) {
    let mut length = text.len();
    while length >= 0x80 {
        section.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    section.push(length.to_le_bytes()[0]);
    section.extend(text);
}

/// Three section headers: none, the section, and the names.
fn with_section(section: &[u8]) -> Vec<u8> {
    const NAMES: &[u8] = b"\0.go.buildinfo\0.shstrtab\0";
    const HEADER: usize = 64;
    let names_at = HEADER + section.len();
    let headers_at = names_at + NAMES.len();
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    for (value, size) in [(2, 2), (62, 2), (1, 4), (0, 8), (0, 8), (headers_at, 8), (0, 4)] {
        file.extend(&value.to_le_bytes()[..size]);
    }
    for value in [64u16, 0, 0, 64, 3, 2] {
        file.extend(value.to_le_bytes());
    }
    file.extend(section);
    file.extend(NAMES);
    file.extend([0; 64]);
    for (name, kind, at, size) in
        [(1u32, 1u32, HEADER, section.len()), (15, 3, names_at, NAMES.len())]
    {
        file.extend(name.to_le_bytes());
        file.extend(kind.to_le_bytes());
        for value in [0, 0, at, size] {
            file.extend((value as u64).to_le_bytes());
        }
        file.extend([0; 24]);
    }
    file
}
