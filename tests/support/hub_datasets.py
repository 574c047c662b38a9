"""A hub of data sets on this machine: the part of its protocol that lists the files of a revision and gives them."""

import hashlib
import http.server
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

NONE = {"RepoNotFound": 404, "RevisionNotFound": 404, "GatedRepo": 403}


@dataclass
class Hub:
    """Repositories by name, each with its files by revision; a revision's commit is a digest of its name.

    Attributes:
        repos: files by path, by revision, by repository.
        refused: the error code of a repository that is not given to everybody.
        asked: the paths of all requests.
        url: of the server.
    """

    repos: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def files(self, repo: str, revision: str) -> dict[str, bytes] | str:
        """The files of a revision or of its commit; or the error code."""
        if repo in self.refused:
            return self.refused[repo]
        if repo not in self.repos:
            return "RepoNotFound"
        for name, files in self.repos[repo].items():
            if revision in (name, commit_of(repo, name)):
                return files
        return "RevisionNotFound"


def commit_of(repo: str, revision: str) -> str:
    """The commit of a revision: 40 hexadecimal digits."""
    return hashlib.sha1(f"{repo} {revision}".encode()).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(path)
        kind, _, rest = path.removeprefix("/api").lstrip("/").partition("/")
        if kind != "datasets":  # the client also asks for what is no data set's
            return self.send(b"{}", True, {}, 404)
        owner, name, verb, *parts = [*rest.split("/"), ""]
        repo = f"{owner}/{name}"
        if path.startswith("/api/"):
            revision = "/".join(parts).strip("/") or "main"
            files = self.hub.files(repo, revision)
            if isinstance(files, str):
                return self.refuse(files)
            sha = revision if len(revision) == 40 else commit_of(repo, revision)
            siblings = [{"rfilename": file} for file in files]
            return self.send(json.dumps({"id": repo, "sha": sha, "siblings": siblings}).encode(), True, {})
        assert verb == "resolve", path
        files = self.hub.files(repo, parts[0])
        if isinstance(files, str):
            return self.refuse(files)
        content = files["/".join(parts[1:]).strip("/")]
        digest = hashlib.sha256(content).hexdigest()
        return self.send(content, with_body, {"ETag": f'"{digest}"', "X-Repo-Commit": parts[0]})

    def refuse(self, code: str) -> None:
        self.send(b"{}", True, {"X-Error-Code": code, "X-Error-Message": "not for you"}, NONE.get(code, 500))

    def send(self, body: bytes, with_body: bool, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if with_body and self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def serving(repos: dict[str, dict[str, dict[str, bytes]]], **options) -> Iterator[Hub]:
    """Serve repositories."""
    hub = Hub(repos, **options)
    handler = type("HubHandler", (Handler,), {"hub": hub})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        hub.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


def parquet(columns: dict[str, list], features: dict | None = None, groups: int = 100) -> bytes:
    """A Parquet file as the library ``datasets`` writes it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    if features is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=groups)
    return out.getvalue()
