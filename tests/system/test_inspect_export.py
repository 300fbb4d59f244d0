"""What kafka-redis-inspect takes out of a topic: the same video, single frames, pictures, a page."""

import json
import subprocess

import pytest

from archive import inspect, inspect_json
from conftest import BIKES
from harness import video


@pytest.fixture
def recorded(bridge, send_videos, redis, kafka, tmp_path):
    """The clip as source `bikes` in a topic, its frames in the store."""
    pipe = bridge(redis=redis)
    send_videos(pipe, {"bikes": BIKES}, tmp_path / "live", files=1)
    return {"kafka_brokers": kafka.brokers, "kafka_topic": pipe.topic}


def test_export_equals_the_input(recorded, tmp_path):
    rows = inspect_json("export", file=tmp_path / "bikes.mp4", metadata=True, **recorded)
    assert [row["file"] for row in rows] == [str(tmp_path / "bikes.mp4")]
    video.assert_same_video(BIKES, tmp_path / "bikes.mp4")
    lines = [json.loads(line) for line in (tmp_path / "bikes.jsonl").read_text().splitlines()]
    assert len([line for line in lines if line["kind"] == "video_frame"]) == 250
    assert sorted(path.name for path in tmp_path.glob("bikes*")) == ["bikes.jsonl", "bikes.mp4"]


def test_export_of_all_sources_into_a_folder(recorded, tmp_path):
    (row,) = inspect_json("export", folder=tmp_path / "all", **recorded)
    video.assert_same_video(BIKES, row["file"])


def test_export_says_what_is_missing(recorded, redis, tmp_path):
    for key in redis.command("KEYS", "*")[:3]:
        redis.command("DEL", key)
    text = inspect("export", code=65, folder=tmp_path / "some", **recorded)
    assert "3 frames are missing: bikes 20" in text, text


def test_export_of_frames_and_pictures(recorded, tmp_path):
    rows = inspect_json("export", **{"as": "frames"}, folder=tmp_path / "frames", to="offset:5", **recorded)
    assert len(rows) == 5 and all(row["bytes"] > 0 for row in rows)
    rows = inspect_json("export", **{"as": "pictures"}, folder=tmp_path / "pictures", picture_width=320, **recorded)
    keyframes = sum(keyframe for _, _, keyframe in video.packets(BIKES))
    assert len(rows) == keyframes
    picture = video.stream(rows[0]["file"])
    assert picture["codec_name"] == "mjpeg" and picture["width"] == 320


def test_the_report_is_one_page_with_pictures(recorded, tmp_path):
    page = tmp_path / "report.html"
    inspect("report", file=page, **recorded)
    text = page.read_text()
    data = json.loads(text.split('<script id="data" type="application/json">')[1].split("</script>")[0])
    (source,) = data["sources"]
    assert source["source_id"] == "bikes" and source["frames"] == 250
    assert sum(bucket[1] for bucket in source["buckets"]) == 250
    assert source["pictures"], "the keyframes were not decoded"
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 1920])
def test_the_report_in_a_browser(width, recorded, tmp_path):
    """It renders, nothing is said on the console, and zooming changes the window shown."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.common.by import By
    page = tmp_path / "report.html"
    inspect("report", file=page, **recorded)
    if subprocess.run(["which", "chromium"], capture_output=True).returncode:
        pytest.skip("Debian's chromium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--disable-quic", f"--user-data-dir={tmp_path}/profile",
                 f"--window-size={width},1000"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        browser.get(page.as_uri())
        assert browser.find_element(By.ID, "title").text.startswith("Topic ")
        assert browser.find_element(By.TAG_NAME, "h2").text == "bikes"
        before = browser.find_element(By.ID, "window").text
        browser.find_element(By.ID, "in").click()
        assert browser.find_element(By.ID, "window").text != before
        assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        assert browser.execute_script("return document.querySelector('.pictures img').naturalWidth") > 0
        browser.save_screenshot(str(tmp_path / f"report-{width}.png"))
        assert browser.get_log("browser") == []
    finally:
        browser.quit()
