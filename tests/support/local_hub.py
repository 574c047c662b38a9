"""A hub on this machine that answers the part of its protocol that generators are pushed and pulled by.

Repositories are made, files are announced (preupload), sent as LFS objects or in the commit itself (NDJSON), and read
by ``HEAD`` and ``GET`` of ``resolve``. As the hub: huggingface.co/docs/hub/api, git-lfs.github.com's batch API.
"""

import base64
import hashlib
import http.server
import importlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TOKEN = "hf_localtest"


@dataclass
class Hub:
    """The repositories of a hub, and what was asked of it.

    Attributes:
        repositories: files by commit, by repository; the last commit is ``main``.
        private: repositories that need a token.
        gated: repositories that nobody may read.
        objects: of LFS, by SHA-256.
        asked: method and path of every request.
    """

    repositories: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    gated: set[str] = field(default_factory=set)
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def commit(self, name: str, files: dict[str, bytes]) -> str:
        """Add files to a repository in a new commit, and give its digest."""
        commits = self.repositories.setdefault(name, {})
        whole = {**(list(commits.values())[-1] if commits else {}), **files}
        key = hashlib.sha1(f"{name} {len(commits)}".encode()).hexdigest()
        commits[key] = whole
        return key


class _Handler(http.server.BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(content), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def signed_in(self):
        return self.headers.get("authorization") == f"Bearer {TOKEN}"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.hub.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0].strip("/")
        about = path.startswith("api/models/")  # versions below 1 ask about a repository before they send to it
        parts = path.removeprefix("api/models/").split("/")
        name = "/".join(parts[:2])
        if name in self.hub.gated:
            return self.answer(403, X_Error_Code="GatedRepo", X_Error_Message="gated")
        if name not in self.hub.repositories or (name in self.hub.private and not self.signed_in()):
            return self.answer(401, X_Error_Code="RepoNotFound", X_Error_Message="Repository not found")
        commits = self.hub.repositories[name]
        key = list(commits)[-1] if parts[3] == "main" else parts[3]
        if key not in commits:
            return self.answer(404, X_Error_Code="RevisionNotFound", X_Error_Message="no revision")
        if about:
            return self.answer(200, {"id": name, "sha": key, "xetEnabled": False})
        file = "/".join(parts[4:])
        if file not in commits[key]:
            return self.answer(404, X_Error_Code="EntryNotFound", X_Error_Message="no entry", X_Repo_Commit=key)
        content = commits[key][file]
        return self.answer(200, content, ETag=f'"{hashlib.sha256(content).hexdigest()}"', X_Repo_Commit=key)

    def do_PUT(self):
        content = self.body()
        self.hub.asked.append(f"PUT {self.path}")
        assert self.path == f"/objects/{hashlib.sha256(content).hexdigest()}"
        self.hub.objects[self.path.rpartition("/")[2]] = content
        self.answer(200)

    def do_POST(self):
        content = self.body()
        self.hub.asked.append(f"POST {self.path}")
        if self.path == "/api/validate-yaml":
            return self.answer(200, {"warnings": [], "errors": []})
        if not self.signed_in():
            return self.answer(401, {"error": "Invalid username or password."})
        if self.path == "/api/repos/create":
            return self.create(json.loads(content))
        name = self.path.removeprefix("/api/models/").removeprefix("/").split(".git/")[0]
        name = "/".join(name.split("/")[:2])
        if "/preupload/" in self.path:
            files = [
                {"path": one["path"], "uploadMode": "lfs" if one["path"].endswith(".safetensors") else "regular",
                 "shouldIgnore": False, "oid": None}
                for one in json.loads(content)["files"]
            ]  # fmt: skip
            return self.answer(200, {"files": files})
        if self.path.endswith("/info/lfs/objects/batch"):
            return self.batch(json.loads(content))
        return self.commit(name, [json.loads(line) for line in content.splitlines()])

    def create(self, asked):
        owner, name = asked.get("organization") or "me", asked["name"]
        whole = f"{owner}/{name}"
        url = f"{self.hub.url}/{whole}"
        if owner == "others":
            return self.answer(403, {"error": "You don't have the rights to create a model under this namespace"})
        if whole in self.hub.repositories:
            return self.answer(409, {"url": url})
        self.hub.commit(whole, {".gitattributes": b""})
        if asked.get("private") or asked.get("visibility") == "private":
            self.hub.private.add(whole)
        return self.answer(200, {"url": url, "name": whole})

    def batch(self, asked):
        objects = [
            {"oid": one["oid"], "size": one["size"],
             "actions": {"upload": {"href": f"{self.hub.url}/objects/{one['oid']}", "header": {}}}}
            for one in asked["objects"]
        ]  # fmt: skip
        return self.answer(200, {"transfer": "basic", "objects": objects})

    def commit(self, name, lines):
        files = {}
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
        key = self.hub.commit(name, files)
        return self.answer(
            200,
            {"success": True, "commitOid": key, "commitUrl": f"{self.hub.url}/{name}/commit/{key}", "hookOutput": ""},
        )


@contextmanager
def serving_hub() -> Iterator[Hub]:
    """Serve an empty hub."""
    handler = type("HubHandler", (_Handler,), {"hub": Hub()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        handler.hub.url = f"http://127.0.0.1:{server.server_port}"
        yield handler.hub
        server.shutdown()
        thread.join()


@contextmanager
def signed_in_hub(folder, monkeypatch) -> Iterator[Hub]:
    """Serve an empty hub to huggingface_hub, whose cache in ``folder`` is empty, for a user who is signed in."""
    constants = importlib.import_module("huggingface_hub.constants")
    with serving_hub() as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", served.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(folder / "token"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True, raising=False)  # of versions that know it
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield served
