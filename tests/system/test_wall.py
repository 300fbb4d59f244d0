"""video-file-sink --wall: each source's newest keyframe and figures, for a browser."""

import itertools
import json
import os
import socket
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import BIKES
from harness.browser import Browser
from harness.processes import wait_until

SIZES = {"phone": (390, 844), "wall": (1920, 1080)}


@pytest.fixture
def wall(adapter, tmp_path):
    """A sink with a wall, and what starts a source of it."""
    endpoint = f"ipc://{tmp_path}/frames.ipc"
    sink = adapter("video-file-sink", zmq_endpoint=f"router+bind:{endpoint}", output_dir=tmp_path / "out", wall=True)

    players = []

    def play(*source_ids):
        players.append(adapter("video-file-source", zmq_endpoint=f"dealer+connect:{endpoint}", realtime=True, loop=True,
                               source=[f"{source_id}={BIKES}" for source_id in source_ids]))
        return players[-1]
    sink.play = play
    sink.address = f"http://127.0.0.1:{sink.metrics_port}/wall"
    yield sink
    for process in (sink, *players):
        process.thaw()
    for player in players:  # Before the sink, which acknowledges their ends of stream.
        player.stop()


def sources(sink):
    """The sources of the newest event, by their ids."""
    with urllib.request.urlopen(sink.address + "/events", timeout=10) as reply:
        assert reply.headers["Content-Type"] == "text/event-stream"
        event = reply.read().decode()
    (data,) = (line for line in event.splitlines() if line.startswith("data: "))
    return {source["id"]: source for source in json.loads(data.removeprefix("data: "))["sources"]}


def wait_for_sources(sink, condition, what):
    def check():
        try:
            found = sources(sink)
        except OSError:  # not listening yet
            return None
        return found if condition(found) else None
    return sink.wait_until(check, what)


def test_each_source_has_its_picture_and_figures(wall):
    player = wall.play("cam-1", "cam-2")
    found = wait_for_sources(wall, lambda all_: len(all_) == 2 and all(each["picture"] and each["fps"] > 20 for each in all_.values()),
                             "two pictures")
    for source in found.values():
        assert 24 < source["fps"] < 26, source
        assert 0 <= source["delay"] < 2 and 0 <= source["lag"] < 2, source
        assert source["holes"] == 0 and not source["ended"] and not source["problem"], source
        with urllib.request.urlopen(f"{wall.address}/picture/{source['number']}/{source['picture']}", timeout=10) as reply:
            assert reply.headers["Content-Type"] == "image/jpeg"
            assert reply.read(2) == b"\xff\xd8"
    player.freeze()
    found = wait_for_sources(wall, lambda all_: all(each["lag"] > 6 and each["fps"] == 0 for each in all_.values()), "a lag that grows")
    assert all(source["delay"] < 2 for source in found.values()), found
    player.thaw()
    wait_for_sources(wall, lambda all_: all(each["lag"] < 2 for each in all_.values()), "a lag that is over")


def test_a_wall_without_an_address_is_refused(adapter, tmp_path):
    sink = adapter("video-file-sink", zmq_endpoint=f"ipc://{tmp_path}/frames.ipc", output_dir=tmp_path / "out", wall=True,
                   metrics_listen=None)
    assert sink.wait() == 78
    assert "--wall (FRAMEBRIDGE_WALL) needs --metrics-listen" in sink.log


@pytest.mark.long
@pytest.mark.skipif(not Browser.available(), reason="there is no chromium with its chromedriver: apt-get install chromium-driver")
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_browser_shows_the_wall(wall, tmp_path, size):
    ids = ["cam-1", "gate <b>north</b>", "a-source-with-a-very-long-name-" * 4]
    player = wall.play(*ids)
    with Browser(tmp_path, size) as browser:
        wait_for_sources(wall, lambda all_: len(all_) == 3, "three sources")
        browser.open(wall.address)
        browser.wait_for("return [...document.querySelectorAll('article img')].filter(i => i.naturalWidth > 0).length === 3",
                         "three pictures on the page")
        first = browser.run("return document.querySelector('article img').getAttribute('src')")
        browser.wait_for(f"return document.querySelector('article img').getAttribute('src') !== {json.dumps(first)}",
                         "a newer keyframe on the page")
        assert sorted(browser.run("return [...document.querySelectorAll('h2')].map(h => h.textContent)")) == sorted(ids)
        browser.wait_for("return [...document.querySelectorAll('[data-name=fps]')].every(f => Math.abs(f.textContent - 25) < 2)",
                         "25 frames a second of each")
        assert browser.run("return [...document.querySelectorAll('dd')].every(d => d.textContent !== '' && d.offsetWidth > 0)")
        assert "3 of 3 sources live" in browser.run("return document.body.innerText")
        # Nothing is wider than the window, and pictures are as wide as the place they have.
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "one has to scroll sideways"
        columns = browser.run("return new Set([...document.querySelectorAll('article')].map(a => a.offsetLeft)).size")
        assert columns == (1 if size[0] < 500 else 3)
        assert browser.errors() == []
        keep(browser.screenshot(tmp_path / f"live-{size[0]}.png"))

        player.freeze()
        browser.wait_for("return [...document.querySelectorAll('.late .state')].filter(s => s.textContent.startsWith('no frame for'))"
                         ".length === 3", "the page saying that none comes")
        keep(browser.screenshot(tmp_path / f"late-{size[0]}.png"))
        player.thaw()
        browser.wait_for("return document.querySelectorAll('article.late').length === 0", "the page saying that they come again")

        wall.freeze()
        browser.wait_for("return !document.getElementById('notice').hidden", "the page saying that the adapter does not answer")
        wall.thaw()
        browser.wait_for("return document.getElementById('notice').hidden", "the page going on by itself")


def keep(picture):
    """Leaves a picture where FRAMEBRIDGE_SCREENSHOTS says, for people to look at."""
    if folder := os.environ.get("FRAMEBRIDGE_SCREENSHOTS"):
        Path(folder, picture.name).write_bytes(picture.read_bytes())


@pytest.mark.long
def test_clients_that_do_not_read_cost_no_frame_and_no_memory(wall):
    """A hundred clients at a time ask for pages, read nothing and go."""
    wall.play("cam-1")
    wait_for_sources(wall, lambda all_: "cam-1" in all_ and all_["cam-1"]["picture"], "a picture")
    clients = []
    until = time.monotonic() + 15
    before = memory(wall)
    for number in itertools.count():
        if time.monotonic() >= until:
            break
        client = socket.create_connection(("127.0.0.1", wall.metrics_port), timeout=5)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        client.sendall((b"GET /wall HTTP/1.1\r\nHost: x\r\n\r\n" if number % 2 else b"GET /wall/events HTTP/1.1\r\nHost: x\r\n\r\n") * 20)
        clients.append(client)
        if len(clients) > 100:
            clients.pop(0).close()
            time.sleep(0.02)
    found = wait_until(lambda: sources_or_none(wall), "an answer for who comes next")
    assert found["cam-1"]["holes"] == 0 and found["cam-1"]["lag"] < 2, found
    assert 23 < found["cam-1"]["fps"] < 27, found
    assert memory(wall) < before + 64 * 2**20
    for client in clients:
        client.close()


def sources_or_none(sink):
    try:
        return sources(sink)
    except OSError:
        return None


def memory(process):
    """Bytes of resident memory."""
    (line,) = (line for line in Path(f"/proc/{process.child.pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
