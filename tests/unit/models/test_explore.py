"""The page of ``ganzoo explore`` and of ``--format html``: what is served, to whom, and what a stranger's names do."""

import http.client
import json
import re
import threading
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
import torch
from exported_models import exportable
from untrained import LinearImages, Mapped, model_around

from ganzoo.errors import GanzooError, SetupError
from ganzoo.models.browser.page_text import policy
from ganzoo.models.browser.writing import html_of
from ganzoo.models.exploring import Explorer
from ganzoo.models.exploring.drawing import great_circle

PLAIN = {"n": 4, "seed": 0, "to": 1, "t": 0, "offsets": "0,0", "direction": 0, "by": 0}
HOSTILE = ("</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\x1b[2Jb")


@contextmanager
def served(model):
    with Explorer(model.trained) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def ask(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def drawn(server, **changes):
    status, body, _ = ask(server, "/draw?" + urlencode({"token": server.token, **PLAIN, **changes}))
    assert status == 200, body
    return np.frombuffer(body, "uint8").reshape(-1, 1, 8, 8)


def test_samples_are_those_of_the_command_sample_and_change_as_asked():
    model = model_around(LinearImages(classes=3), "cgan", classes=("a", "b", "c"))
    with served(model) as server:
        np.testing.assert_array_equal(drawn(server, seed=5), model.sample(4, seed=5).numpy())
        np.testing.assert_array_equal(drawn(server, y=2), model.sample(4, y="c").numpy())
        np.testing.assert_array_equal(drawn(server, truncation=0.5), model.sample(4, truncation=0.5).numpy())
        np.testing.assert_array_equal(drawn(server, t=1, to=9), model.sample(4, seed=9).numpy())
        z = model.sample(4).z + torch.tensor([0.5, -1, 0, 0])
        wanted = model.trained.at_rest(lambda: model.generator(z, torch.arange(4) % 3)).numpy()
        np.testing.assert_array_equal(drawn(server, offsets="0.5,-1"), wanted)
        assert (drawn(server, by=2, direction=7) != drawn(server)).any()


def test_styles_are_drawn_towards_their_mean():
    model = model_around(Mapped())
    with served(model) as server:
        np.testing.assert_array_equal(drawn(server, truncation=0.25), model.sample(4, truncation=0.25).numpy())


def test_points_come_as_numbers():
    model = exportable("mlp-lsgan", "generator.output=linear", points=True, channels=2)
    with served(model) as server:
        status, body, _ = ask(server, "/draw?" + urlencode({"token": server.token, **PLAIN}))
        assert status == 200
        np.testing.assert_array_equal(np.frombuffer(body, "<f4").reshape(4, 2), model.sample(4).numpy())


def test_only_who_knows_the_token_and_names_this_machine_is_answered():
    with served(model_around(LinearImages())) as server:
        assert server.server_address[0] == "127.0.0.1"
        parts = urlsplit(server.url)
        good = f"/?{parts.query}"
        assert ask(server, good)[0] == 200
        assert ask(server, good, Host=f"localhost:{server.server_port}")[0] == 200
        for path in ("/", "/?token=", "/?token=x", "/draw", "/?token=%C3%BC"):
            assert ask(server, path)[0] == 403
        for host in ("evil.example", f"evil.example:{server.server_port}", "127.0.0.1", ""):
            assert ask(server, good, Host=host)[0] == 403
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert ask(server, good, method)[0] == 501
        assert ask(server, f"/etc/passwd?{parts.query}")[0] == 404
        headers = ask(server, good)[2]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in headers
    assert len(server.token) >= 32


@pytest.mark.parametrize(
    "wrong",
    [{"n": 0}, {"n": 10**9}, {"n": "x"}, {"seed": -1}, {"t": "nan"}, {"t": 2}, {"y": 0}, {"truncation": -1},
     {"offsets": "1,2,3,4,5"}, {"offsets": "inf"}, {"by": "nan"}, {"by": 1e9}],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_a_sentence(wrong):
    with served(model_around(LinearImages())) as server:
        status, body, _ = ask(server, "/draw?" + urlencode({"token": server.token, **PLAIN, **wrong}))
    assert status == 400
    assert body.strip()
    assert b"\n" not in body.strip()


def test_a_port_that_is_taken_is_said():
    with served(model_around(LinearImages())) as server, pytest.raises(SetupError, match="leave --port out"):
        Explorer(server.trained, server.server_port)


def test_names_from_a_strangers_file_stay_names():
    model = model_around(LinearImages(classes=3), "cgan", classes=HOSTILE)
    text, _ = html_of(model.trained)
    with served(model) as server:
        for page in (text, server.page.decode()):
            assert "<script>alert" not in page
            assert "<img" not in page
            assert "\x1b" not in page
            assert page.count("<script") == 2
            facts = re.search(r'id="facts">(.*?)</script>', page, re.S).group(1)
            assert json.loads(facts)["classes"][:2] == list(HOSTILE[:2])


def test_the_file_names_no_address_and_lets_in_no_other_script():
    text, deviation = html_of(model_around(LinearImages()).trained)
    assert deviation < 1e-4
    assert not re.search(r"https?://|//[a-z]+\.|url\(|@import|src=|href=", text)
    script = text.rsplit("<script>", 1)[1].split("</script>")[0]
    style = text.split("<style>")[1].split("</style>")[0]
    stated = re.search(r'Content-Security-Policy" content="(.*?)"', text).group(1).replace("&#39;", "'")
    assert stated == policy(script, style, "'none'")
    assert "unsafe" not in stated and "worker-src blob:" in stated


def test_the_file_is_written_whole_and_never_over_another(tmp_path):
    model = model_around(LinearImages())
    done = model.export(tmp_path / "x.html", "html")
    assert done.deviation < 1e-4
    assert [file.name for file in tmp_path.iterdir()] == ["x.html"]
    with pytest.raises(GanzooError):
        model.export(tmp_path / "x.html", "html")
    with pytest.raises(GanzooError, match=r"ends in \.html"):
        model.export(tmp_path / "x.txt", "html")


def test_the_great_circle_keeps_its_length_between_equal_ones():
    one, other = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    torch.testing.assert_close(great_circle(one, other, 0.5), torch.tensor([[4.5, 4.5]]).sqrt())
    torch.testing.assert_close(great_circle(one, one, 0.3), one)
