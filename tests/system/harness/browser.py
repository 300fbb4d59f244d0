"""A headless Chromium, driven by chromedriver's HTTP interface (Debian's packages chromium and chromium-driver)."""

import base64
import contextlib
import json
import shutil
import urllib.error
import urllib.request

from .processes import Process, free_ports, wait_until


class Browser:
    """A context manager; `size` of its window in CSS pixels."""

    def __init__(self, folder, size=(1280, 720)):
        self._folder = folder
        self._size = size
        self._stack = contextlib.ExitStack()

    @staticmethod
    def available():
        return bool(shutil.which("chromedriver") and shutil.which("chromium"))

    def __enter__(self):
        (port,) = free_ports()
        driver = Process("chromedriver", ["chromedriver", f"--port={port}"], self._folder / f"chromedriver-{port}.log").start()
        self._stack.callback(driver.terminate)
        self._base = f"http://127.0.0.1:{port}"
        driver.wait_until(self._ready, "chromedriver being ready")
        profile = self._folder / f"profile-{port}"
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}"]
        session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": arguments}}}})
        self._base += f"/session/{session['sessionId']}"
        self._stack.callback(self._call, "DELETE", "")
        self.resize(self._size)
        return self

    def __exit__(self, *_):
        self._stack.close()

    def resize(self, size):
        """Also narrower than a window can be."""
        self._cdp("Emulation.setDeviceMetricsOverride",
                  width=size[0], height=size[1], deviceScaleFactor=1, mobile=size[0] < 500)

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def run(self, script):
        """The value of a function's body in JavaScript."""
        return self._call("POST", "/execute/sync", {"script": script, "args": []})

    def wait_for(self, script, what, timeout=30.0):
        return wait_until(lambda: self.run(script), what, timeout, interval=0.2)

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))
        return path

    def errors(self):
        """What the page did wrong: the messages of level SEVERE."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})
                if entry["level"] == "SEVERE"]

    def _ready(self):
        with contextlib.suppress(OSError):
            return self._call("GET", "/status")["ready"]
        return False

    def _cdp(self, command, **parameters):
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def _call(self, method, path, body=None):
        request = urllib.request.Request(self._base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:1000]}") from None
