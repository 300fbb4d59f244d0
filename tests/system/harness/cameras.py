"""Cameras: real servers of RTSP (GStreamer's), HTTP and SRT (ffmpeg's), which can be killed, frozen and started again."""

from pathlib import Path

from .processes import Process, free_ports

SYSTEM_PYTHON = "/usr/bin/python3"  # it has GStreamer's bindings


class RtspCamera(Process):
    """At `.url`: a moving picture in H.264, 25 frames/s, a keyframe every 10."""

    def __init__(self, folder, *, size=(320, 240), credentials=(), b_frames=0):
        (self.port,) = free_ports()
        self.url = f"rtsp://127.0.0.1:{self.port}/live"
        self._credentials = credentials
        self._encoding = f"speed-preset=veryfast b-adapt=false bframes={b_frames}" if b_frames else "speed-preset=ultrafast tune=zerolatency"
        super().__init__("RTSP camera", self._command(size), Path(folder) / "rtsp-camera.log")

    def _command(self, size):
        pipeline = (f"videotestsrc is-live=true ! video/x-raw,format=I420,width={size[0]},height={size[1]},framerate=25/1 ! "
                    f"x264enc key-int-max=10 {self._encoding} ! video/x-h264,profile=main ! rtph264pay name=pay0 pt=96 config-interval=1")
        return [SYSTEM_PYTHON, str(Path(__file__).with_name("rtsp_server.py")), str(self.port), pipeline, *self._credentials]

    def start(self):
        before = self.log.count("listening")
        super().start()
        self.wait_until(lambda: self.log.count("listening") > before, "listening")
        return self

    def restart(self, size=(320, 240)):
        self.kill()
        self.command = self._command(size)
        return self.start()


class FfmpegCamera(Process):
    """At `.url`, for one client: a moving picture, 25 frames/s, a keyframe every 10; it ends with its client."""

    def __init__(self, folder, protocol="http", format="mpegts", *, size=(320, 240), encoding=None):
        (self.port,) = free_ports()
        self.url = f"{protocol}://127.0.0.1:{self.port}" + ("/live" if protocol == "http" else "")
        self.protocol, self.format, self.encoding = protocol, format, encoding
        super().__init__(f"{protocol} camera", self._command(size), Path(folder) / f"{protocol}-{format}-camera.log")

    def _command(self, size):
        codec = self.encoding or (["-c:v", "mjpeg"] if self.format in ("mpjpeg", "mjpeg") else
                                  ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10"])
        output = [self.url + "?mode=listener"] if self.protocol == "srt" else ["-listen", "1", self.url]
        if self.format == "mpjpeg":
            output = ["-content_type", "multipart/x-mixed-replace;boundary=ffmpeg", *output]
        return ["ffmpeg", "-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", f"testsrc2=size={size[0]}x{size[1]}:rate=25",
                "-pix_fmt", "yuvj420p" if "mjpeg" in codec else "yuv420p", *codec, "-f", self.format, *output]

    def restart(self, size=(320, 240)):
        self.kill()
        self.command = self._command(size)
        return self.start()
