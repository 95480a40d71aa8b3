//! The container image without an engine: the last stage of the Dockerfile in a root of its own, whose server gives tokens.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::foreign_clients::pyjwt_walks_the_story;
use claviger_testkit::http::Request;
use claviger_testkit::paths::{root, server_binary};
use claviger_testkit::process::{ServerProcess, free_address, run};

/// The instructions of the last stage: a keyword, and the rest of its line.
struct Stage(Vec<(String, String)>);

impl Stage {
    fn read() -> Self {
        let text = fs::read_to_string(root().join("Dockerfile")).expect("the Dockerfile");
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>();
        let joined = lines.join("\n").replace("\\\n", " ");
        let instructions = joined.lines().filter_map(|line| line.trim().split_once(' '));
        let all: Vec<(String, String)> =
            instructions.map(|(keyword, rest)| (keyword.to_owned(), rest.trim().to_owned())).collect();
        let last = all.iter().rposition(|(keyword, _)| keyword == "FROM").expect("a stage");
        Self(all[last..].to_vec())
    }

    fn one(&self, keyword: &str) -> &str {
        let mut found = self.0.iter().filter(|(name, _)| name == keyword).map(|(_, rest)| rest);
        let one = found.next().unwrap_or_else(|| panic!("no {keyword}"));
        assert!(found.next().is_none(), "two {keyword}");
        one
    }

    /// A list in JSON.
    fn words(&self, keyword: &str) -> Vec<String> {
        let text = self.one(keyword);
        let list = &text[text.find('[').expect("a list")..];
        serde_json::from_str(list).expect("texts")
    }

    /// The commands of RUN, without the installation of packages that this machine has.
    fn commands(&self) -> Vec<&str> {
        let (packages, others): (Vec<&str>, Vec<&str>) = self
            .one("RUN")
            .split(" && ")
            .map(str::trim)
            .partition(|command| command.starts_with("apt-get ") || command.contains("/var/lib/apt"));
        let installed = packages.iter().find(|command| command.contains(" install ")).expect("packages");
        assert!(installed.ends_with(" ca-certificates libssl3"), "{installed}: this test knows two packages");
        others
    }
}

/// A root with the programs of this machine's Debian, and with what the last stage copies and makes.
struct Image {
    stage: Stage,
    root: TempDir,
}

impl Image {
    fn build() -> Self {
        let image = Self { stage: Stage::read(), root: TempDir::new().expect("a folder") };
        assert!(image.stage.one("FROM").starts_with("debian:"), "{}", image.stage.one("FROM"));
        for folder in ["dev", "etc", "proc", "root", "tmp", "usr", "local/bin", "var/lib", "var/log"] {
            fs::create_dir_all(image.path(folder)).expect("a folder");
        }
        for link in ["bin", "lib", "lib64", "sbin"] {
            std::os::unix::fs::symlink(format!("usr/{link}"), image.path(link)).expect("a link");
        }
        fs::write(image.path("etc/passwd"), "root:x:0:0:root:/root:/bin/bash\n").expect("a file");
        fs::write(image.path("etc/group"), "root:x:0:\n").expect("a file");
        for file in ["ld.so.cache", "login.defs", "nsswitch.conf", "ssl"] {
            let (status, _, errors) =
                run(Command::new("cp").arg("-a").arg(Path::new("/etc").join(file)).arg(image.path("etc")));
            assert!(status.success(), "{errors}");
        }
        let copied = image.stage.one("COPY");
        assert_eq!(copied, "--from=build /usr/local/bin/claviger /usr/local/bin/claviger");
        fs::copy(server_binary(), image.path("local/bin/claviger")).expect("the program");
        for command in image.stage.commands() {
            let (status, said, errors) = run(&mut image.inside("0:0", &["sh", "-ec", command]));
            assert!(status.success(), "{command}: {said}{errors}");
        }
        image
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// A command in the root, in its folder, with the environment of the image and nothing else. The mounts end with it.
    fn inside(&self, user: &str, words: &[&str]) -> Command {
        let enter = "cd \"$1\" && mount --bind /usr usr && mount -o remount,bind,ro usr && mount --bind local usr/local \
            && mount --rbind /dev dev && mount --rbind /proc proc \
            && shift && exec chroot --userspec=\"$1\" . env -i --chdir=\"$2\" \"PATH=$PATH\" \"${@:3}\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "bash", "-ec", enter, "enter"]).arg(self.root.path());
        let folder = if user == "0:0" { "/" } else { self.stage.one("WORKDIR") };
        command.args([user, folder]);
        command.args(self.stage.one("ENV").split_whitespace()).args(words);
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    /// As `docker run --network host IMAGE` with these words.
    fn container(&self, words: &[&str]) -> Command {
        let entrypoint = self.stage.words("ENTRYPOINT");
        let all: Vec<&str> = entrypoint.iter().map(String::as_str).chain(words.iter().copied()).collect();
        self.inside(self.stage.one("USER"), &all)
    }

    /// As the engine does, with the settings of the container.
    fn is_healthy(&self, address: SocketAddr) -> bool {
        let check = self.stage.words("HEALTHCHECK");
        let listen = format!("CLAVIGER_LISTEN={address}");
        let all: Vec<&str> = ["env", &listen].into_iter().chain(check.iter().map(String::as_str)).collect();
        run(&mut self.inside(self.stage.one("USER"), &all)).0.success()
    }
}

#[test]
fn server_of_the_image_gives_tokens_as_its_own_user() {
    let stage = Stage::read();
    assert_eq!(
        (stage.words("ENTRYPOINT"), stage.words("CMD")),
        (vec!["claviger".to_owned()], vec!["serve".to_owned()])
    );
    let folder = TempDir::new().expect("a folder");
    let address = free_address();
    let listen = address.to_string();
    // The command of docs/guides/containers.md.
    let words = ["serve", "--dev", "--listen", &listen];
    let user: Vec<u32> = stage.one("USER").split(':').map(|id| id.parse().expect("an id")).collect();

    if !rustix::process::geteuid().is_root() {
        // Only root may mount and change users: the program alone is asked.
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]);
        });
        give_tokens(&folder.path().join("d/quickstart.json"), server.address);
        return;
    }
    let image = Image::build();
    assert!(!image.is_healthy(address), "nothing listens yet");
    let server = ServerProcess::start_as(folder.path(), address, || image.container(&words));
    assert!(image.is_healthy(address));
    let status =
        fs::read_to_string(format!("/proc/{}/status", server.pid().as_raw_pid())).expect("its status");
    for (name, id) in [("Uid:", user[0]), ("Gid:", user[1])] {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("its ids");
        assert!(line.split_whitespace().all(|found| found == id.to_string()), "{name} {line}");
    }
    give_tokens(&image.path("var/lib/claviger/data/quickstart.json"), address);
    assert!(server.terminate().success());
}

/// A third party's client gets, checks and revokes tokens of the demonstration realm.
fn give_tokens(facts: &Path, address: SocketAddr) {
    let mut facts: Value = serde_json::from_slice(&fs::read(facts).expect("the facts")).expect("JSON");
    let text = |name: &str| facts[name].as_str().expect("a fact").to_owned();
    let path = format!("/realms/{}/oauth2/token", text("realm"));
    let request = Request::form(&path, &[("grant_type", "client_credentials")]);
    let answer = request.basic(&text("client_id"), &text("client_key")).send(address).expect(200).json();
    facts["scope"] = answer["scope"].clone();
    pyjwt_walks_the_story(&facts);
}
