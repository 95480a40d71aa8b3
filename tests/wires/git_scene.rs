//! A real git server: nginx, fcgiwrap and git-http-backend, configured as in the guide.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::authority::Authority;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{free_address, run};
use claviger_testkit::servers::{ServiceUser, nginx_in, server};

pub struct GitServer {
    pub authority: Authority,
    pub address: SocketAddr,
    /// Owns the repositories, and runs nginx's workers and fcgiwrap.
    pub user: ServiceUser,
    fcgiwrap: Child,
    nginx: Child,
}

/// Result of a git command.
pub struct Outcome {
    pub success: bool,
    pub said: String,
}

const READY_WITHIN: Duration = Duration::from_secs(30);

impl GitServer {
    pub fn start() -> Self {
        let authority = Authority::start();
        let address = free_address();
        let folder = authority.path().to_owned();
        let user = ServiceUser::named("www-data");
        user.may_enter(&folder);
        for name in ["srv", "run", "nginx/logs"] {
            fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        user.owns(&folder.join("run"));
        let socket = folder.join("run/fcgiwrap.socket");
        let written =
            fs::read_to_string(repository_file("docs/guides/git/nginx.conf")).expect("the guide's file");
        let configuration = written
            .replace("127.0.0.1:8081", &address.to_string())
            .replace("127.0.0.1:8080", &authority.address.to_string())
            .replace("/srv/git", &folder.join("srv").display().to_string())
            .replace("/run/fcgiwrap.socket", &socket.display().to_string());
        let configuration = nginx_in(&folder.join("nginx"), &configuration);
        fs::write(folder.join("nginx/nginx.conf"), configuration).expect("a file");
        let log =
            || fs::File::options().create(true).append(true).open(folder.join("git.log")).expect("a file");
        // As the unit of Debian's package: this user, and nothing of the environment of root.
        let mut fcgiwrap = server("fcgiwrap");
        let fcgiwrap = user
            .runs(&mut fcgiwrap)
            .args(["-c", "4", "-s", &format!("unix:{}", socket.display())])
            .env_clear()
            .envs([("PATH", authority.search_path().as_str()), ("HOME", "/var/www")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log())
            .process_group(0)
            .spawn()
            .expect("fcgiwrap starts");
        // Its workers run as the user in the guide's file.
        let globals = "daemon off; pid nginx.pid; error_log logs/error.log;";
        let nginx = server("nginx")
            .args(["-p", &folder.join("nginx").display().to_string(), "-c", "nginx.conf", "-g", globals])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log())
            .process_group(0)
            .spawn()
            .expect("nginx starts");
        let server = Self { authority, address, user, fcgiwrap, nginx };
        let ready = || TcpStream::connect(address).is_ok() && UnixStream::connect(&socket).is_ok();
        let deadline = Instant::now() + READY_WITHIN;
        while !ready() {
            let said = || fs::read_to_string(folder.join("git.log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "nginx or fcgiwrap does not start: {}", said());
            std::thread::yield_now();
        }
        server
    }

    pub fn path(&self) -> &Path {
        self.authority.path()
    }

    /// A bare repository with `main` (two commits), `old`, the tag `v0`, and the guide's hook.
    pub fn repository(&self, name: &str, hook: &str) -> PathBuf {
        let bare = self.path().join(format!("srv/{name}.git"));
        let template = self.template();
        self.must(
            self.path(),
            &["clone", "--quiet", "--bare", &template.display().to_string(), &bare.display().to_string()],
        );
        let file = repository_file(&format!("docs/guides/git/{hook}"));
        fs::copy(file, bare.join("hooks").join(hook)).expect("the guide's hook");
        self.user.owns(&bare);
        bare
    }

    fn template(&self) -> PathBuf {
        let folder = self.path().join("template");
        if folder.exists() {
            return folder;
        }
        self.must(
            self.path(),
            &["init", "--quiet", "--initial-branch", "main", &folder.display().to_string()],
        );
        for round in 0..2 {
            self.commit(&folder, &format!("file{round}"), b"content");
        }
        self.must(&folder, &["branch", "old"]);
        self.must(&folder, &["tag", "v0"]);
        folder
    }

    /// A clone whose `main` is one commit ahead, and whose `rewritten` has diverged from `main`.
    pub fn work(&self) -> PathBuf {
        let template = self.template();
        let folder = self.path().join("work");
        if !folder.exists() {
            let (from, to) = (template.display().to_string(), folder.display().to_string());
            self.must(self.path(), &["clone", "--quiet", &from, &to]);
            self.must(&folder, &["branch", "--quiet", "rewritten", "main~1"]);
            self.commit(&folder, "ahead", b"ahead");
            self.must(&folder, &["checkout", "--quiet", "rewritten"]);
            self.commit(&folder, "other", b"other");
            self.must(&folder, &["checkout", "--quiet", "main"]);
        }
        folder
    }

    pub fn commit(&self, folder: &Path, name: &str, content: &[u8]) {
        fs::write(folder.join(name), content).expect("a file");
        self.must(folder, &["add", "."]);
        self.must(folder, &["commit", "--quiet", "--message", name]);
    }

    /// The URL of a repository, with the token as the password.
    pub fn url(&self, name: &str, token: &str) -> String {
        format!("http://any:{token}@{}/{name}.git", self.address)
    }

    pub fn git(&self, folder: &Path, arguments: &[&str]) -> Outcome {
        self.git_with(folder, arguments, |_| ())
    }

    pub fn git_with(&self, folder: &Path, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Outcome {
        let home = self.path().join("home");
        fs::create_dir_all(&home).expect("a folder");
        let mut git = Command::new("git");
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("GIT_") || name.starts_with("CLAVIGER_"))
        {
            git.env_remove(name);
        }
        git.args(arguments).current_dir(folder).stdin(Stdio::null());
        // git refuses to work in a repository of another user.
        if rustix::process::geteuid().is_root() {
            let owner = folder.metadata().expect("a folder");
            git.uid(owner.uid()).gid(owner.gid());
        }
        git.env("HOME", home).env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_NOSYSTEM", "1");
        git.env_remove("XDG_CONFIG_HOME").env("LC_ALL", "C").env("PATH", self.authority.search_path());
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.org");
        }
        prepare(&mut git);
        let (status, output, errors) = run(&mut git);
        Outcome { success: status.success(), said: output + &errors }
    }

    pub fn must(&self, folder: &Path, arguments: &[&str]) -> String {
        let outcome = self.git(folder, arguments);
        assert!(outcome.success, "git {arguments:?}: {}", outcome.said);
        outcome.said
    }

    /// Every ref of a bare repository and its target.
    pub fn refs(&self, bare: &Path) -> String {
        self.must(bare, &["for-each-ref", "--format=%(refname) %(objectname)"])
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.address)
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        for child in [&mut self.nginx, &mut self.fcgiwrap] {
            // Includes the workers of each, which would otherwise keep running.
            if let Some(id) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
                let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
            }
            let _ = child.wait();
        }
    }
}

fn repository_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
