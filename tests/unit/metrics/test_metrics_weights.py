import hashlib
from dataclasses import replace
from functools import partial

import pytest
import tiny_extractor
from local_server import no_network, serving
from small_benches import ganzoo

from ganzoo.errors import PluginError, SetupError
from ganzoo.interfaces import File
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage import weights
from ganzoo.storage.cache import Cache
from ganzoo.storage.download import fetch

CONTENT = b"a network's weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Published(tiny_extractor.TinyExtractor):
    weights = File("net-1.pth", url="https://weights.invalid/net-1.pth", sha256=DIGEST[:8])


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def place(tmp_path, monkeypatch):
    path = tmp_path / "hub" / "net-1.pth"
    path.parent.mkdir()
    monkeypatch.setattr(Published, "shipped", path)
    return path


def fetcher(content=CONTENT):
    def fetch(file, folder, **how):
        fetch.calls += 1
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(content)
        return folder / file.name

    fetch.calls = 0
    return fetch


def test_a_file_in_its_place_is_taken_when_its_digest_begins_as_published(place, cache):
    place.write_bytes(CONTENT)
    assert weights.find("net", Published, None, cache, fetch=pytest.fail) == (place, DIGEST, True)


def test_a_damaged_file_in_its_place_is_refused(place, cache):
    place.write_bytes(CONTENT + b".")
    found = hashlib.sha256(CONTENT + b".").hexdigest()[:8]
    expected = rf"damaged, its sha256 begins with {found} .* \(its sha256 begins with {DIGEST[:8]}\): delete it"
    with pytest.raises(SetupError, match=expected):
        weights.find("net", Published, None, cache, fetch=fetcher())


def test_a_missing_file_is_fetched_once_and_kept(place, cache):
    fetch = fetcher()
    path, digest, own = weights.find("net", Published, None, cache, fetch=fetch)
    assert (path.read_bytes(), digest, own, fetch.calls) == (CONTENT, DIGEST, True, 1)
    assert weights.find("net", Published, None, cache, fetch=pytest.fail)[0] == path

    path.write_bytes(b"bit rot")
    assert weights.find("net", Published, None, cache, fetch=fetch)[0].read_bytes() == CONTENT
    assert fetch.calls == 2


def test_without_a_connection_the_sentence_says_what_is_missing_and_what_to_do(place, cache, monkeypatch):
    no_network(monkeypatch)
    with pytest.raises(SetupError) as caught:
        weights.find("net", Published, None, cache, instead=lambda: "; INSTEAD")
    sentence = str(caught.value)
    for part in ("net-1.pth", DIGEST[:8], Published.weights.url, str(place), "--extractor-weights", "; INSTEAD"):
        assert part in sentence
    assert "\n" not in sentence
    assert not any(path.is_file() for path in cache.root.rglob("*"))


def test_without_an_address_the_sentence_says_where_to_put_it(place, cache, monkeypatch):
    monkeypatch.setattr(Published, "weights", File("net-1.pth"))
    with pytest.raises(SetupError, match=f"^net-1.pth is missing and has no address .* put it at {place} for .* net,"):
        weights.find("net", Published, None, cache, fetch=pytest.fail)
    place.write_bytes(CONTENT)
    assert weights.find("net", Published, None, cache) == (place, DIGEST, True)


def test_inceptions_sentence_names_the_datasets_that_need_no_download(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    no_network(monkeypatch)
    with pytest.raises(SetupError) as caught:
        Evaluator.open(tiny_extractor.registry(), "inception", ["fid"], cache=cache)
    sentence = str(caught.value)
    for part in (
        "weights-inception-2015-12-05-6726825d.pth",
        "sha256 begins with 6726825d",
        str(tmp_path / "torch" / "hub" / "checkpoints"),
        "--data digits and ",
        " and --data mnist",
        "--extractor none",
    ):
        assert part in sentence
    assert "\n" not in sentence


def test_what_works_without_a_file_is_asked_only_where_it_is_missing(cache, monkeypatch):
    """It imports every dataset and extractor, of strangers too, which a bench has nothing to do with."""
    from ganzoo.metrics import opening

    monkeypatch.setattr(opening, "_instead", lambda *asked: pytest.fail("asked"))
    registry = load_zoo(third_party=False).registry
    assert Evaluator.open(registry, "digits", ["fid"], cache=cache).extractor is not None


def test_a_given_file_of_other_contents_is_the_users_choice(place, cache, tmp_path):
    given = tmp_path / "mine.pth"
    given.write_bytes(b"other")
    assert weights.find("net", Published, given, cache)[2] is False
    given.write_bytes(CONTENT)
    assert weights.find("net", Published, given, cache) == (given, DIGEST, True)
    with pytest.raises(SetupError, match=r"absent\.pth does not exist"):
        weights.find("net", Published, tmp_path / "absent.pth", cache)
    with pytest.raises(SetupError, match=r" is a folder$"):
        weights.find("net", Published, tmp_path, cache)


@pytest.fixture
def network(tmp_path):
    """The bytes of a weights file that loads."""
    return tiny_extractor.weights_at(tmp_path / "whole").read_bytes()


@pytest.fixture
def site(network, place, monkeypatch):
    """A server of a file as Inception's: of unknown size, and of its digest only what the name carries."""
    first = hashlib.sha256(network).hexdigest()[:8]
    name = f"net-{first}.safetensors"
    with serving(name, network) as site:
        monkeypatch.setattr(tiny_extractor.PublishedExtractor, "weights", File(name, url=site.url, sha256=first))
        monkeypatch.setattr(tiny_extractor.PublishedExtractor, "shipped", place.with_name(name))
        # Bound in the signature, so that nothing from outside can relax it.
        monkeypatch.setitem(Evaluator.open.__func__.__kwdefaults__, "fetch", partial(fetch, plain_loopback=True))
        yield site


@pytest.fixture
def open_judge(site, cache):
    return lambda: Evaluator.open(tiny_extractor.registry(), "published", ["fid"], cache=cache)


def downloads(cache):
    return {path.name: path.read_bytes() for path in (cache.root / "downloads" / "published").iterdir()}


def refused(open_judge, message):
    with pytest.raises(SetupError, match=message) as caught:
        open_judge()
    sentence = str(caught.value)
    file = tiny_extractor.PublishedExtractor.weights
    by_hand = f"put it at {tiny_extractor.PublishedExtractor.shipped} for the extractor published"
    for part in (file.url, f"its sha256 begins with {file.sha256}", by_hand, "--data digits", "--extractor none"):
        assert part in sentence
    assert "\n" not in sentence


def test_the_judge_fetches_weights_once_and_calls_them_their_own(open_judge, site, cache, network, said):
    evaluator = open_judge()
    name = tiny_extractor.PublishedExtractor.weights.name
    assert said == [f"downloading {name} from 127.0.0.1"]
    assert downloads(cache) == {name: network}
    assert evaluator.identity["sha256"] == hashlib.sha256(network).hexdigest()
    assert evaluator.title == "published"
    assert open_judge().identity == evaluator.identity and len(said) == 1
    assert site.asked == [""]


def test_the_judge_takes_an_interrupted_download_up_again(open_judge, site, cache, network):
    site.cut_after = 100
    refused(open_judge, f"stopped .* after 300 of {len(network):,} bytes.*; repeat the command to go on from there")
    name = tiny_extractor.PublishedExtractor.weights.name
    assert downloads(cache)[f"{name}.part"] == network[:300]
    site.cut_after = None
    open_judge()
    assert downloads(cache) == {name: network}
    assert site.asked == ["", "bytes=100-", "bytes=200-", "bytes=300-"]


def test_the_judge_refuses_what_has_not_the_published_digits(open_judge, site, cache, network):
    site.content = network[:-1] + bytes([network[-1] ^ 1])
    refused(open_judge, "is not 'net-.*' as published .* and was removed; try again")
    assert downloads(cache) == {}
    site.content = network
    open_judge()


def test_the_judge_refuses_weights_without_a_digest(open_judge, monkeypatch):
    file = tiny_extractor.PublishedExtractor.weights
    monkeypatch.setattr(tiny_extractor.PublishedExtractor, "weights", replace(file, sha256=file.sha256[:7]))
    with pytest.raises(PluginError, match="a sha256 of at least 8 digits"):
        open_judge()


def test_the_judge_fetches_over_https_alone(place, cache, monkeypatch):
    file = replace(tiny_extractor.PublishedExtractor.weights, url="http://127.0.0.1:9/net")
    monkeypatch.setattr(tiny_extractor.PublishedExtractor, "weights", file)
    monkeypatch.setattr(tiny_extractor.PublishedExtractor, "shipped", place)
    with pytest.raises(PluginError, match="no https address"):
        Evaluator.open(tiny_extractor.registry(), "published", ["fid"], cache=cache)


def test_offline_the_command_ends_before_anything_is_trained(tmp_path):
    # Its own default path to the published address, by way of a proxy that is not there.
    closed = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9") | {"no_proxy": "", "NO_PROXY": ""}
    words = ("bench", "dcgan", "--extractor", "inception", "--budget", "1kimg", "--seeds", "1")
    done = ganzoo(*words, cwd=tmp_path, check=False, TORCH_HOME=str(tmp_path / "torch"), **closed)
    assert done.returncode == 3
    sentence = " ".join(done.stderr.split())
    for part in (
        "cannot download 'weights-inception-2015-12-05-6726825d.pth'",
        "get it from https://github.com/toshas/torch-fidelity/releases/download/",
        "sha256 begins with 6726825d",
        str(tmp_path / "torch" / "hub" / "checkpoints"),
        "--extractor-weights",
        "--data digits and ",
        " and --data mnist",
        "--extractor none",
    ):
        assert part in sentence
    assert "Traceback" not in sentence
    assert not [*tmp_path.rglob("run.json"), *tmp_path.rglob("checkpoints/*")]
