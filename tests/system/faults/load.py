"""Writers and readers, each a thread with a ZeroMQ socket of its own, whose doings are in the journal."""

import random
import threading
import time

import zmq

from harness.processes import wait_until


class Worker:
    """A thread that runs until it is told to finish; what it raises is raised by join()."""

    def __init__(self, name):
        self.name = name
        self.finishing = threading.Event()
        self.aborting = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._guarded, name=name, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def _guarded(self):
        try:
            self.run()
        except BaseException as error:
            self._error = error

    @property
    def running(self):
        return self._thread.is_alive()

    def check(self):
        if self._error:
            raise self._error

    def finish(self, timeout=90.0):
        """Ends it in an orderly way: a writer gets the answer it waits for first."""
        self.finishing.set()
        self._thread.join(timeout)
        assert not self.running, f"{self.name} did not finish within {timeout:g} s"
        self.check()

    def abort(self):
        self.finishing.set()
        self.aborting.set()
        if self._thread.ident:
            self._thread.join(10)


class Aborted(Exception):
    pass


class _Writer(Worker):
    socket_type = None

    def __init__(self, endpoint, items, journal, pace=0.0):
        super().__init__(f"writer of {items.source_id}")
        self.endpoint = endpoint
        self.items = items
        self.journal = journal
        self.pace = pace
        self.socket = None
        self._paused = threading.Event()
        self._resting = threading.Event()

    def pause(self):
        """Returns when it has ended its step, and will begin none before go_on()."""
        self._paused.set()
        wait_until(lambda: self._resting.is_set() or not self.running, f"{self.name} resting")
        self.check()

    def go_on(self):
        self._paused.clear()

    def run(self):
        self.connect()
        try:
            while not self.finishing.is_set():
                if self._paused.is_set():
                    self._resting.set()
                    self.finishing.wait(0.02)
                    continue
                self._resting.clear()
                self.step()
                if self.pace:
                    self.finishing.wait(self.pace)
        except Aborted:
            pass
        finally:
            self.socket.close(0)

    def connect(self):
        if self.socket:
            self.socket.close(0)
        self.socket = zmq.Context.instance().socket(self.socket_type)
        self.socket.linger = 0
        self.socket.sndhwm = 50
        self.socket.connect(self.endpoint)

    def answered(self, timeout):
        """Whether an OK came; a None as timeout waits for it as long as it takes."""
        return self._poll(zmq.POLLIN, timeout) and self.socket.recv_multipart() == [b"OK"]

    def send(self, item, timeout):
        if not self._poll(zmq.POLLOUT, timeout):
            return False
        self.socket.send_multipart(item.parts, copy=True)
        return True

    def _poll(self, events, timeout):
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.socket.poll(100, events):
            if self.aborting.is_set():
                raise Aborted
            if deadline and time.monotonic() >= deadline:
                return False
        return True


class RequestWriter(_Writer):
    """REQ: every frame is acknowledged; one that is not, in time, is sent again by a new socket."""
    socket_type = zmq.REQ

    def __init__(self, endpoint, items, journal, pace=0.0, ack_timeout=1.0):
        super().__init__(endpoint, items, journal, pace)
        self.ack_timeout = ack_timeout

    def step(self):
        item = self.items.frame()
        self.journal.sent(item)
        while not (self.send(item, self.ack_timeout) and self.answered(self.ack_timeout)):
            self.connect()
        self.journal.acknowledged([item])


class StreamWriter(_Writer):
    """DEALER: streams of frames, whose end is acknowledged. With an `ack_timeout`, a stream that is not acknowledged
    in time is sent again by a new socket, as the peer may have been killed; without, the peer is trusted to live.

    The acknowledgement speaks for what the peer received that gives it. A peer killed within a stream takes what it had
    received with it, and its successor acknowledges the rest: a writer that is to lose nothing watches its connection
    (`careful`), and sends the stream again if it was lost within it."""
    socket_type = zmq.DEALER

    def __init__(self, endpoint, items, journal, pace=0.0, ack_timeout=None, longest=60, careful=False):
        super().__init__(endpoint, items, journal, pace)
        self.ack_timeout = ack_timeout
        self.careful = careful
        self.monitor = None
        self.rng = random.Random(items.source_id)
        self.longest = longest

    def step(self):
        stream = [self.items.frame() for _ in range(self.rng.randint(1, self.longest))] + [self.items.end_of_stream()]
        attempt = 0
        while not self._attempt(stream):
            attempt += 1
            stream = [self.items.again(item, attempt) for item in stream]
            self.connect()
        self.journal.acknowledged(stream)

    def _attempt(self, stream):
        for item in stream:
            self.journal.sent(item)
            if not self.send(item, self.ack_timeout):
                return False
            if self.pace:
                self.finishing.wait(self.pace)
        return self.answered(self.ack_timeout) and not self._connection_lost()

    def connect(self):
        if self.monitor:
            self.socket.disable_monitor()
        super().connect()
        if self.careful:
            self.monitor = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)

    def _connection_lost(self):
        lost = False
        while self.monitor and self.monitor.poll(0):
            self.monitor.recv_multipart()
            lost = True
        return lost


class PublishWriter(_Writer):
    """PUB: nothing is acknowledged."""
    socket_type = zmq.PUB

    def step(self):
        item = self.items.frame()
        self.journal.sent(item)
        self.socket.send_multipart(item.parts)


WRITERS = {"rep": RequestWriter, "router": StreamWriter, "sub": PublishWriter}


class Reader(Worker):
    """A bound ROUTER, REP or SUB, the peer of a source's dealer, req or pub."""
    types = {"dealer": zmq.ROUTER, "req": zmq.REP, "pub": zmq.SUB}

    def __init__(self, endpoint, writer_type, journal, pace=0.0):
        super().__init__(f"reader at {endpoint}")
        self.pace = pace
        self.endpoint = endpoint
        self.type = self.types[writer_type]
        self.journal = journal
        self._stalled = threading.Event()
        self.received = 0
        self.last_arrival = 0.0

    def stall(self):
        self._stalled.set()

    def go_on(self):
        self._stalled.clear()

    def run(self):
        # Of its own: its end means that the connections are closed.
        with zmq.Context() as context:
            self._receive(context.socket(self.type))

    def _receive(self, socket):
        socket.linger = 0
        socket.rcvhwm = 50
        if self.type == zmq.SUB:
            socket.subscribe(b"")
        bind(socket, self.endpoint)
        try:
            while not self.finishing.is_set():
                if self._stalled.is_set():
                    self.finishing.wait(0.05)
                elif socket.poll(50):
                    self._take(socket)
                    if self.pace:
                        self.finishing.wait(self.pace)
        finally:
            socket.close(0)

    def _take(self, socket):
        parts = socket.recv_multipart()
        peer = [parts.pop(0)] if self.type == zmq.ROUTER else []
        topic, message, *contents = parts
        self.journal.received(topic, message, contents)
        self.received += 1
        self.last_arrival = time.monotonic()
        if self.type == zmq.REP or (self.type == zmq.ROUTER and not contents):
            socket.send_multipart([*peer, b"OK"])


def bind(socket, endpoint):
    """Its predecessor's address may not be free yet: a closed socket goes in the background."""
    def bound():
        try:
            socket.bind(endpoint)
            return True
        except zmq.ZMQError as error:
            if error.errno != zmq.EADDRINUSE:
                raise
            return False
    wait_until(bound, f"{endpoint} being free")
