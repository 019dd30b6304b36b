//! What a Go executable tells of its own making.

use std::fs::File;

use merlon_model::{Component, Version};
use merlon_snapshot::Cause;
use object::Endianness;
use object::elf::{FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use object::read::{ReadCache, ReadRef};

use crate::trouble::Trouble;

/// Kubernetes' own is about 20 KiB.
const LONGEST: u64 = 4 << 20;
const MOST_SECTIONS: u32 = 4096;

/// Reads the module information out of an executable; `None` when it has none.
///
/// Only the headers and that one section are read, of files that have 100 MB and more.
pub(crate) fn read(executable: File) -> Result<Option<String>, Trouble> {
    let data = ReadCache::new(executable);
    let Ok(identification) = data.read_bytes_at(0, 5) else {
        return Ok(None);
    };
    let section = match identification {
        [0x7f, b'E', b'L', b'F', 2] => section::<FileHeader64<Endianness>>(&data),
        [0x7f, b'E', b'L', b'F', 1] => section::<FileHeader32<Endianness>>(&data),
        // A script, or a program for another system.
        _ => return Ok(None),
    };
    section.map(|section| section.and_then(parse))
}

fn section<Elf: FileHeader<Endian = Endianness>>(
    data: &ReadCache<File>,
) -> Result<Option<&[u8]>, Trouble> {
    let broken = |_| Trouble::new(Cause::Unparsable, "the executable's headers are broken");
    let header = Elf::parse(data).map_err(broken)?;
    let endian = header.endian().map_err(broken)?;
    let count = header.shnum(endian, data).map_err(broken)?;
    if count > MOST_SECTIONS {
        return Err(Trouble::new(
            Cause::TooLarge,
            format!("the executable has more than {MOST_SECTIONS} sections"),
        ));
    }
    let sections = header.sections(endian, data).map_err(broken)?;
    let Some((_, section)) = sections.section_by_name(endian, b".go.buildinfo") else {
        return Ok(None);
    };
    if section.sh_size(endian).into() > LONGEST {
        return Err(Trouble::new(
            Cause::TooLarge,
            format!("build information of more than {LONGEST} bytes"),
        ));
    }
    section.data(endian, data).map(Some).map_err(broken)
}

/// Takes the module information out of the section, as Go writes it since 1.18 (Go
/// `debug/buildinfo`): a header of 32 bytes, then two texts with their lengths before them.
pub(crate) fn parse(section: &[u8]) -> Option<String> {
    const INLINE: u8 = 2;
    let flags = section.strip_prefix(b"\xff Go buildinf:")?.get(1)?;
    if flags & INLINE == 0 {
        return None;
    }
    let (_release, rest) = text(section.get(32..)?)?;
    let (modules, _) = text(rest)?;
    // 16 bytes of mark stand before and after, for programs that search without a section.
    let modules = modules.get(16..modules.len().checked_sub(16)?)?;
    String::from_utf8(modules.to_vec()).ok()
}

/// A length in groups of seven bits, low ones first, and as many bytes.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length: u64 = 0;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return bytes[at + 1..].split_at_checked(usize::try_from(length).ok()?);
        }
    }
    None
}

/// The release that the executable was made from: of etcd, of Kubernetes, or of a runtime.
///
/// For Kubernetes the linker flag that its own build sets comes first; then the Kubernetes module that
/// was built in, in the form that replaced it; for a runtime the main module.
pub(crate) fn version(modules: &str, component: Option<Component>) -> Option<Version> {
    let modules = Modules::parse(modules);
    let (main_path, main_version) = modules.main;
    let main = |path: &str| main_version.clone().filter(|_| main_path.starts_with(path));
    if component == Some(Component::Etcd) {
        // In its own repository the server has no release, but what it is made of has.
        return main("go.etcd.io/etcd").or(modules.etcd_server).or(modules.etcd_api);
    }
    modules
        .stamped
        .or(modules.kubernetes)
        .or(main("k8s.io/kubernetes"))
        .or(main_version.filter(|_| component.is_none()))
}

#[derive(Default)]
struct Modules<'a> {
    main: (&'a str, Option<Version>),
    kubernetes: Option<Version>,
    etcd_server: Option<Version>,
    etcd_api: Option<Version>,
    stamped: Option<Version>,
}

impl<'a> Modules<'a> {
    fn parse(text: &'a str) -> Self {
        let mut modules = Self::default();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let mut fields = line.split('\t');
            let (kind, path, version) = (fields.next(), fields.next(), fields.next());
            match (kind, path.unwrap_or_default()) {
                (Some("mod"), path) => modules.main = (path, release(version)),
                (Some("dep"), "k8s.io/kubernetes") => {
                    let replacement = lines.peek().and_then(|next| next.strip_prefix("=>\t"));
                    let replacement = replacement.and_then(|next| release(next.split('\t').nth(1)));
                    modules.kubernetes = replacement.or_else(|| release(version));
                }
                (Some("dep"), "go.etcd.io/etcd/server/v3") => {
                    modules.etcd_server = release(version)
                }
                (Some("dep"), "go.etcd.io/etcd/api/v3") => modules.etcd_api = release(version),
                (Some("build"), setting) => {
                    if let Some(flags) = setting.strip_prefix("-ldflags=") {
                        modules.stamped = stamp(flags);
                    }
                }
                _ => {}
            }
        }
        modules
    }
}

/// `-X k8s.io/component-base/version.gitVersion=v1.31.2`, with or without quotes around.
fn stamp(flags: &str) -> Option<Version> {
    let value = flags.split("k8s.io/component-base/version.gitVersion=").nth(1)?;
    let end = value
        .find(|symbol: char| symbol.is_whitespace() || matches!(symbol, '"' | '\'' | '\\'))
        .unwrap_or(value.len());
    release(Some(&value[..end]))
}

/// A version that says something: not `(devel)`, and not the one of an untagged commit.
fn release(version: Option<&str>) -> Option<Version> {
    Version::parse(version?).filter(|version| (version.major, version.minor) != (0, 0))
}

#[cfg(test)]
mod tests {
    use merlon_model::Component;
    use merlon_snapshot::Cause;

    use super::{parse, read, version};

    #[test]
    fn versions_are_found_where_builds_leave_them() {
        let check = |component: Option<Component>, modules: &[&str], expected: Option<&str>| {
            let found = version(&modules.join("\n"), component).map(|version| version.to_string());
            assert_eq!(found.as_deref(), expected, "{modules:?}");
        };
        let kubelet = Some(Component::Kubelet);
        let etcd = Some(Component::Etcd);
        check(
            kubelet,
            &[
                "path\tk8s.io/kubernetes/cmd/kubelet",
                "mod\tk8s.io/kubernetes\t(devel)\t",
                "dep\tgo.etcd.io/etcd/api/v3\tv3.5.14\th1:x=",
                "build\t-ldflags=\"-X 'k8s.io/component-base/version.gitVersion=v1.31.2' -s\"",
            ],
            Some("1.31.2"),
        );
        check(
            kubelet,
            &["build\t-ldflags=\"-X k8s.io/component-base/version.gitVersion=v1.31.2+rke2r1 -w\""],
            Some("1.31.2+rke2r1"),
        );
        check(kubelet, &["mod\tk8s.io/kubernetes\tv1.34.1\t"], Some("1.34.1"));
        check(
            None,
            &[
                "mod\tgithub.com/k3s-io/k3s\t(devel)\t",
                "dep\tk8s.io/kubernetes\tv1.31.2",
                "=>\tgithub.com/k3s-io/kubernetes\tv1.31.2-k3s1\th1:x=",
            ],
            Some("1.31.2-k3s1"),
        );
        check(
            None,
            &[
                "mod\tgithub.com/k3s-io/k3s\tv1.31.3+k3s1\t",
                "dep\tk8s.io/kubernetes\tv1.31.3\th1:x=",
            ],
            Some("1.31.3"),
        );
        check(None, &["mod\tgithub.com/containerd/containerd/v2\tv2.0.1\t"], Some("2.0.1"));
        let api = "dep\tgo.etcd.io/etcd/api/v3\tv3.5.15";
        check(
            etcd,
            &["mod\tgo.etcd.io/etcd/server/v3\t(devel)\t", api, "=>\t../api\t(devel)\t"],
            Some("3.5.15"),
        );
        check(etcd, &["mod\tgo.etcd.io/etcd/server/v3\tv3.6.1\th1:x=", api], Some("3.6.1"));
        check(
            etcd,
            &["mod\texample.com/x\tv9.9.9\t", api, "dep\tgo.etcd.io/etcd/server/v3\tv3.6.0"],
            Some("3.6.0"),
        );
        check(kubelet, &["mod\tk8s.io/kubernetes\t(devel)\t", api], None);
        check(kubelet, &["mod\texample.com/x\tv9.9.9\t"], None);
        check(kubelet, &["mod\tk8s.io/kubernetes\tv0.0.0-20240101000000-abcdef\t"], None);
        check(kubelet, &["", "mod", "dep\tk8s.io/kubernetes", "=>"], None);
    }

    #[test]
    fn broken_sections_tell_nothing() {
        let mut section = b"\xff Go buildinf:\x08\x02".to_vec();
        section.resize(32, 0);
        section.extend(b"\x04go1.");
        let whole = {
            let mut whole = section.clone();
            whole.pop();
            whole.extend(b"1\x25");
            whole.extend([b'<'; 16]);
            whole.extend(b"mod\tx");
            whole.extend([b'>'; 16]);
            whole
        };
        assert_eq!(parse(&whole).as_deref(), Some("mod\tx"));
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), None, "{length}");
        }
        section.extend([0xff; 16]);
        assert_eq!(parse(&section), None);
    }

    /// An executable with nothing but that section, whose size can be told wrong.
    fn executable(section: &[u8], told_size: u64) -> Vec<u8> {
        const NAMES: &[u8] = b"\0.go.buildinfo\0.shstrtab\0";
        let start = 64 + section.len() + NAMES.len();
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(16, 0);
        for (value, size) in [(2, 2), (62, 2), (1, 4), (0, 8), (0, 8), (start, 8), (0, 4)] {
            file.extend(&value.to_le_bytes()[..size]);
        }
        for value in [64u16, 0, 0, 64, 3, 2] {
            file.extend(value.to_le_bytes());
        }
        file.extend(section);
        file.extend(NAMES);
        file.extend([0; 64]);
        let strings = 64 + section.len() as u64;
        for (name, kind, at, size) in
            [(1u32, 1u32, 64u64, told_size), (15, 3, strings, NAMES.len() as u64)]
        {
            file.extend(name.to_le_bytes());
            file.extend(kind.to_le_bytes());
            for value in [0, 0, at, size] {
                file.extend(value.to_le_bytes());
            }
            file.extend([0; 24]);
        }
        file
    }

    fn written(bytes: &[u8]) -> std::fs::File {
        use std::io::{Seek as _, Write as _};
        let mut file = tempfile::tempfile().expect("a directory for temporary files");
        file.write_all(bytes).expect("room for a few bytes");
        file.rewind().expect("a file can be rewound");
        file
    }

    #[test]
    fn executables_are_read_by_their_headers() {
        let mut section = b"\xff Go buildinf:\x08\x02".to_vec();
        section.resize(32, 0);
        section.extend(b"\x04go1.\x25");
        section.extend([b'<'; 16]);
        section.extend(b"mod\tx");
        section.extend([b'>'; 16]);
        let size = section.len() as u64;
        let whole = executable(&section, size);
        assert_eq!(read(written(&whole)), Ok(Some("mod\tx".to_owned())));
        // Cut off anywhere, or with a size that is not so: an error or nothing, and no waste.
        for length in 0..whole.len() {
            let told = read(written(&whole[..length]));
            assert!(!matches!(told, Ok(Some(_))), "{length}: {told:?}");
        }
        let told = read(written(&executable(&section, u64::MAX)));
        assert_eq!(told.map_err(|trouble| trouble.cause), Err(Cause::TooLarge));
        let told = read(written(&executable(&section, 4 << 20)));
        assert_eq!(told.map_err(|trouble| trouble.cause), Err(Cause::Unparsable));
    }
}
