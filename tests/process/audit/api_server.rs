//! An API server that answers as a test says, and remembers what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use support::scratch::Scratch;

/// A question.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    /// How often this path and query were asked for before.
    pub before: usize,
}

/// What is answered.
pub enum Answer {
    Json(u16, Value),
    /// With a header.
    With(u16, &'static str, &'static str, Value),
    /// The beginning of the answer, and then the connection breaks off.
    BreaksOff(Value, usize),
    /// Nothing, for longer than anybody waits.
    Nothing,
}

/// An API server.
pub struct ApiServer {
    address: SocketAddr,
    folder: Scratch,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ApiServer {
    /// One that answers what `script` says, and that there is nothing where that says nothing.
    pub fn start(script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (script, notes) = (Arc::new(script), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let (script, notes) = (Arc::clone(&script), Arc::clone(&notes));
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Some(asked) = read(&mut reader, &notes) {
                        let answer = script(&asked).unwrap_or_else(|| usual(&asked));
                        if !write(reader.get_mut(), answer) {
                            break;
                        }
                    }
                });
            }
        });
        Self { address, folder: Scratch::new(), asked }
    }

    /// The kubeconfig of it.
    pub fn kubeconfig(&self) -> String {
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: a, \
             contexts: [{{name: a, context: {{cluster: a, user: a}}}}], \
             users: [{{name: a, user: {{}}}}], \
             clusters: [{{name: a, cluster: {{server: 'http://{}'}}}}]}}",
            self.address
        );
        self.folder.write("kubeconfig", &text).to_str().unwrap().to_owned()
    }

    /// A policy file.
    pub fn policy(&self, spec: &str) -> String {
        let text = format!(
            "apiVersion: plimsoll.dev/v1alpha1\nkind: DeployPolicy\nmetadata: {{name: p}}\nspec: {spec}\n"
        );
        self.folder.write("policy.yaml", &text).to_str().unwrap().to_owned()
    }

    /// Another file.
    pub fn file(&self, name: &str, text: &str) -> String {
        self.folder.write(name, text).to_str().unwrap().to_owned()
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often a path was asked for, with whatever query.
    pub fn count(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }
}

fn read(reader: &mut BufReader<TcpStream>, notes: &Mutex<Vec<Asked>>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (path, query) = (path.to_owned(), query.trim_start_matches('&').to_owned());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|length| *length > 0)?;
        if header.trim().is_empty() {
            break;
        }
    }
    let mut notes = notes.lock().unwrap();
    let before = notes.iter().filter(|asked| asked.path == path && asked.query == query).count();
    let asked = Asked { method, path, query, before };
    notes.push(asked.clone());
    Some(asked)
}

/// Whether the connection goes on.
fn write(stream: &mut TcpStream, answer: Answer) -> bool {
    let (code, header, value) = match answer {
        Answer::Json(code, value) => (code, String::new(), value),
        Answer::With(code, name, content, value) => (code, format!("{name}: {content}\r\n"), value),
        Answer::BreaksOff(value, length) => {
            let text = value.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&text.as_bytes()[..length.min(text.len())]);
            return false;
        }
        Answer::Nothing => {
            std::thread::sleep(Duration::from_mins(1));
            return false;
        }
    };
    let text = value.to_string();
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\n{header}content-length: {}\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).is_ok() && stream.write_all(text.as_bytes()).is_ok()
}

/// What an API server says that has nothing.
fn usual(asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/version" => Answer::Json(200, json!({"gitVersion": "v1.36.0"})),
        path if path.starts_with("/apis/plimsoll.dev") => status(404, "there is no such kind"),
        _ => list(&[]),
    }
}

/// A whole list.
pub fn list(items: &[Value]) -> Answer {
    page(items, None, None)
}

/// A page of one.
pub fn page(items: &[Value], token: Option<&str>, left: Option<u64>) -> Answer {
    let mut metadata = json!({"resourceVersion": "7"});
    if let Some(token) = token {
        metadata["continue"] = json!(token);
    }
    if let Some(left) = left {
        metadata["remainingItemCount"] = json!(left);
    }
    Answer::Json(
        200,
        json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items}),
    )
}

/// A status that says no.
pub fn status_of(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
           "message": message})
}

/// The same, answered.
pub fn status(code: u16, message: &str) -> Answer {
    Answer::Json(code, status_of(code, message))
}

/// A Pod; those that are bad are privileged.
pub fn pod(name: &str, is_bad: bool) -> Value {
    let context = json!({"privileged": is_bad});
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}")},
        "spec": {"containers": [{"name": "a", "image": "a.example/a:1", "securityContext": context}]}
    })
}

/// The same, made by something.
pub fn pod_of(name: &str, is_bad: bool, (kind, owner): (&str, &str)) -> Value {
    pod_of_template(pod(name, is_bad), (kind, owner))
}

/// This Pod, made by something.
pub fn pod_of_template(mut made: Value, (kind, owner): (&str, &str)) -> Value {
    let version = if kind == "Node" { "v1" } else { "apps/v1" };
    made["metadata"]["ownerReferences"] = json!([{"apiVersion": version, "kind": kind, "name": owner,
        "uid": format!("uid-{owner}"), "controller": true}]);
    made
}

/// A workload whose pods are made of such a Pod.
pub fn workload(name: &str, is_bad: bool) -> Value {
    let template = pod(name, is_bad);
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}")},
        "spec": {"replicas": 2, "template": {"spec": template["spec"]}}
    })
}
