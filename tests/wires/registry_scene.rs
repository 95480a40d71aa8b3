//! A real container registry, configured as in the guide, and an image to push.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::authority::Authority;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{free_address, run};
use claviger_testkit::servers::{ServiceUser, server};

/// As in the guide's configuration.
pub const SERVICE: &str = "registry.example.org";

pub struct Registry {
    pub address: SocketAddr,
    child: Child,
}

/// Result of a registry client.
pub struct Outcome {
    pub success: bool,
    pub said: String,
}

const READY_WITHIN: Duration = Duration::from_secs(30);

impl Registry {
    /// The registry trusts what `claviger registry-ca` prints now.
    pub fn start(authority: &Authority) -> Self {
        let address = free_address();
        let folder = authority.path().join(format!("registry-{}", address.port()));
        fs::create_dir_all(folder.join("data")).expect("a folder");
        // As Debian's unit does, which writes to its own folder and reads what root has written.
        let user = ServiceUser::named_or_nobody("docker-registry");
        user.may_enter(authority.path());
        user.owns(&folder.join("data"));
        let url = format!("http://{}", authority.address);
        let mut print = authority.claviger();
        print.args(["registry-ca", "--url", &url, "--realm", "demo"]);
        let (status, certificate, errors) = run(&mut print);
        assert!(status.success(), "{errors}");
        fs::write(folder.join("claviger.pem"), certificate).expect("a file");
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/registry/config.yml");
        let configuration = fs::read_to_string(guide)
            .expect("the guide's file")
            .replace("127.0.0.1:5000", &address.to_string())
            .replace("127.0.0.1:8080", &authority.public_host)
            .replace("/var/lib/docker-registry", &folder.join("data").display().to_string())
            .replace("/etc/docker/registry/claviger.pem", &folder.join("claviger.pem").display().to_string());
        fs::write(folder.join("config.yml"), configuration).expect("a file");
        let log = || fs::File::options().create(true).append(true).open(folder.join("log")).expect("a file");
        let child = user
            .runs(&mut server("docker-registry"))
            .arg("serve")
            .arg(folder.join("config.yml"))
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log())
            .spawn()
            .expect("docker-registry starts");
        let registry = Self { address, child };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(address).is_err() {
            let said = || fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "the registry does not start: {}", said());
            std::thread::yield_now();
        }
        registry
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.address)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A user of skopeo or podman, with stored logins.
pub struct Person<'a> {
    pub authority: &'a Authority,
    pub home: PathBuf,
}

impl<'a> Person<'a> {
    pub fn new(authority: &'a Authority, name: &str) -> Self {
        let home = authority.path().join(name);
        fs::create_dir_all(&home).expect("a folder");
        // Without a policy, skopeo and podman accept no image.
        fs::create_dir_all(home.join(".config/containers")).expect("a folder");
        let policy = json!({"default": [{"type": "insecureAcceptAnything"}]}).to_string();
        fs::write(home.join(".config/containers/policy.json"), policy).expect("a file");
        Self { authority, home }
    }

    pub fn auth_file(&self) -> PathBuf {
        self.home.join("auth.json")
    }

    pub fn skopeo(&self, arguments: &[&str]) -> Outcome {
        self.run("skopeo", arguments, None)
    }

    /// The secret is passed on standard input.
    pub fn login(&self, program: &str, registry: SocketAddr, user: &str, secret: &str) -> Outcome {
        let registry = registry.to_string();
        let arguments = ["login", "--tls-verify=false", "--username", user, "--password-stdin", &registry];
        self.run(program, &arguments, Some(secret))
    }

    pub fn push(&self, registry: SocketAddr, image: &Path, name: &str) -> Outcome {
        let from = format!("oci:{}:latest", image.display());
        self.skopeo(&[
            "copy",
            "--dest-tls-verify=false",
            &from,
            &format!("docker://{registry}/{name}:latest"),
        ])
    }

    pub fn pull(&self, registry: SocketAddr, name: &str) -> Outcome {
        let to = tempfile::TempDir::new().expect("a folder");
        let to = format!("oci:{}:latest", to.path().join("image").display());
        self.skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{registry}/{name}:latest"), &to])
    }

    pub fn run(&self, program: &str, arguments: &[&str], input: Option<&str>) -> Outcome {
        let mut command = server(program);
        command.args(arguments).current_dir(&self.home).env("HOME", &self.home);
        command.env("REGISTRY_AUTH_FILE", self.auth_file()).env("PATH", self.authority.search_path());
        command.env_remove("XDG_RUNTIME_DIR").env_remove("XDG_CONFIG_HOME");
        command.env("CLAVIGER_URL", format!("http://{}", self.authority.address));
        command.env("CLAVIGER_REALM", "demo").env("CLAVIGER_PROFILE", self.home.join("profile.json"));
        if let Some(token) =
            fs::read_to_string(self.home.join("token")).ok().filter(|token| !token.is_empty())
        {
            command.env("CLAVIGER_TOKEN", token);
        }
        fed(command.stdin(Stdio::null()), input)
    }
}

/// Runs a client to its end. The secret is passed on standard input.
pub fn fed(command: &mut Command, input: Option<&str>) -> Outcome {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()));
    if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(text.as_bytes()).expect("it reads");
    }
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome { success: output.status.success(), said: text(&output.stdout) + &text(&output.stderr) }
}

/// An OCI layout of one image with one layer of this many incompressible bytes; another `seed` gives another image.
pub fn image(folder: &Path, seed: u32, bytes: usize) -> PathBuf {
    let image = folder.join(format!("image-{seed}-{bytes}"));
    let blobs = image.join("blobs/sha256");
    fs::create_dir_all(&blobs).expect("a folder");
    let mut state = seed.max(1);
    let layer: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    })
    .take(bytes)
    .collect();
    let layer = tar_of_one_file(&layer);
    let blob = |media_type: &str, bytes: &[u8]| -> Value {
        let digest = hex(&claviger::crypto::sha256(bytes).0);
        fs::write(blobs.join(&digest), bytes).expect("a file");
        json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len()})
    };
    let layer = blob("application/vnd.oci.image.layer.v1.tar", &layer);
    let config = json!({
        "architecture": "amd64", "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    });
    let config = blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
    let manifest_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest =
        json!({"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": [layer]})
            .to_string();
    let mut manifest = blob(manifest_type, manifest.as_bytes());
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": "latest"});
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    fs::write(image.join("index.json"), index.to_string()).expect("a file");
    fs::write(image.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("a file");
    image
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A POSIX ustar archive.
fn tar_of_one_file(content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, b"content");
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut tar = header.to_vec();
    tar.extend_from_slice(content);
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}
