#!/usr/bin/env python3
"""
The controller in worlds that do not answer: names that nobody resolves, servers that take a
connection and say nothing, one that was stopped, and in all of them a stdout and a stderr that
nobody reads. It keeps its timers: /healthz answers within a second all the while; and it ends
within five seconds of SIGTERM. In test builds the watchdog ends it when a callback takes long.

unanswered.py CONTROLLER SIM DEAD_DNS
"""

import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

WATCHED_S = 12  # longer than the time allowed for a connection
HEALTH_S = 1.0
END_S = 5.0
START_S = 10.0

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: c
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "{server}", certificate-authority: "{folder}/ca"}}}}]
users: [{{name: u, user: {{}}}}]
"""


def full_pipe():
    """The end to write to of a pipe that is full; a write to it blocks."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK)
    for size in (4096, 1):
        try:
            while True:
                os.write(writer, b"x" * size)
        except BlockingIOError:
            pass
    fcntl.fcntl(writer, fcntl.F_SETFL, 0)
    return reader, writer


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Silence:
    """A server that accepts, reads whatever comes, and never answers."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        self.heard = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            peer, _ = self.server.accept()
            threading.Thread(target=self.listen, args=(peer,), daemon=True).start()

    def listen(self, peer):
        try:
            while data := peer.recv(65536):
                self.heard += len(data)
        except ConnectionError:
            pass


class Simulator:
    """An llc-sim with a token for the controller."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--dir", folder], stdout=subprocess.PIPE)
        self.kubeconfig = os.path.join(folder, "kubeconfig")
        assert b"is ready" in self.process.stdout.readline()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def end(self):
        self.process.kill()
        self.process.wait()


class Controller:
    def __init__(self, program, kubeconfig, environment):
        self.port = free_port()
        self.reader, writer = full_pipe()
        self.process = subprocess.Popen(
            [program, "--kubeconfig", kubeconfig, "--log-level", "debug",
             "--http-address", "127.0.0.1:%d" % self.port, "--consistency-relist-interval", "1s"],
            env=dict(os.environ, **environment), stdout=writer, stderr=writer)
        os.close(writer)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HEALTH_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def await_status(self, path, status):
        end = time.monotonic() + START_S
        while True:
            try:
                if self.get(path) == status:
                    return
            except OSError:
                pass
            assert time.monotonic() < end, "%s is not %d" % (path, status)
            assert self.process.poll() is None, "ended: " + self.said()
            time.sleep(0.02)

    def watch_health(self):
        """Returns the longest time an answer took."""
        end, longest = time.monotonic() + WATCHED_S, 0
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                status = self.get("/healthz")
                assert status == 200, "/healthz says %d: %s" % (status, self.said())
            except OSError as error:
                raise AssertionError("/healthz: %s %s" % (error, self.said()))
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.02)
        return longest

    def end(self):
        """Returns how long it took."""
        began = time.monotonic()
        self.process.terminate()
        try:
            code = self.process.wait(timeout=END_S)
        except subprocess.TimeoutExpired:
            raise AssertionError("still there %g s after SIGTERM" % END_S)
        assert code == 0, "ended with %d: %s" % (code, self.said())
        return time.monotonic() - began

    def said(self):
        """For what went wrong; what filled the pipe apart."""
        os.set_blocking(self.reader, False)
        try:
            return os.read(self.reader, 1 << 20).lstrip(b"x").decode(errors="replace")
        except BlockingIOError:
            return ""


def dead_dns(world):
    return world.controller(server="https://kubernetes.example:6443",
                            environment={"LD_PRELOAD": world.dead_dns,
                                         "ASAN_OPTIONS": "verify_asan_link_order=0"})


def silent_handshake(world):
    return world.controller(server="https://" + world.silence.address)


def silent_answer(world):
    return world.controller(server="http://" + world.silence.address)


def stopped_server(world):
    simulator = Simulator(world.simulator, os.path.join(world.folder, "sim"))
    world.at_end.append(simulator.end)
    controller = world.controller(kubeconfig=simulator.kubeconfig)
    controller.await_status("/readyz", 200)
    simulator.stop()
    return controller


class World:
    """One of them, and what it takes."""

    def __init__(self, controller, simulator, dead, folder):
        self.program, self.simulator, self.dead_dns, self.folder = controller, simulator, dead, folder
        self.silence = Silence()
        self.at_end = []
        os.mkdir(folder)

    def controller(self, server="", kubeconfig="", environment=None):
        if not kubeconfig:
            kubeconfig = os.path.join(self.folder, "kubeconfig")
            with open(kubeconfig, "w") as file:
                file.write(KUBECONFIG.format(server=server, folder=self.folder))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ca",
                            "-keyout", "/dev/null", "-out", os.path.join(self.folder, "ca")],
                           check=True, capture_output=True)
        controller = Controller(self.program, kubeconfig, environment or {})
        self.at_end.append(controller.process.kill)
        controller.await_status("/healthz", 200)
        return controller

    def check(self, begin):
        controller = begin(self)
        longest = controller.watch_health()
        if begin in (silent_handshake, silent_answer):
            assert self.silence.heard > 0, "nothing was asked"
        elif begin is dead_dns:
            assert controller.get("/readyz") != 200
        return longest, controller.end()


def check(begin, programs, folder, verdicts):
    world = World(*programs, os.path.join(folder, begin.__name__))
    try:
        longest, end = world.check(begin)
        verdicts[begin.__name__] = "/healthz within %.0f ms, ended in %.1f s" % (longest * 1000, end)
    except AssertionError as error:
        verdicts[begin.__name__] = "FAILED: %s" % error
    finally:
        for undo in reversed(world.at_end):
            undo()


def main():
    programs = sys.argv[1:]
    verdicts = {}
    with tempfile.TemporaryDirectory() as folder:
        threads = [threading.Thread(target=check, args=(begin, programs, folder, verdicts))
                   for begin in (dead_dns, silent_handshake, silent_answer, stopped_server)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for name, verdict in sorted(verdicts.items()):
        print(name, verdict)
    sys.exit(len(verdicts) < len(threads) or any("FAILED" in verdict for verdict in verdicts.values()))


main()
