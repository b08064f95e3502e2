"""The two servers: one that a kubeconfig names, and an llc-sim of our own."""

import base64
import http.client
import os
import re
import ssl
import subprocess
import tempfile
import threading
import time


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


def field_of(text, key):
    """Of a kubeconfig with one cluster and one user, as llc-sim and tests/cluster write it."""
    found = re.search(r'^[\s-]*%s:\s*"?([^"\s]+)"?\s*$' % re.escape(key), text, re.M)
    return found.group(1) if found else None


class Server:
    def __init__(self, kubeconfig):
        with open(kubeconfig, encoding="utf-8") as stream:
            text = stream.read()
        url = field_of(text, "server")
        self.secure = url.startswith("https://")
        self.address = url.split("//", 1)[1].rstrip("/")
        self.token = field_of(text, "token")
        self.trust = self.pem(text, "certificate-authority-data")
        self.certificate = self.pem(text, "client-certificate-data")
        self.key = self.pem(text, "client-key-data")
        self.mine = threading.local()
        self.connections = []

    @staticmethod
    def pem(text, key):
        value = field_of(text, key)
        return base64.b64decode(value).decode() if value else None

    def context(self, as_admin):
        context = ssl.create_default_context(cadata=self.trust)
        if as_admin and self.certificate:
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # mode 0600
                file.write(self.certificate + "\n" + self.key)
                file.flush()
                context.load_cert_chain(file.name)
        return context

    def connect(self, as_admin):
        """A connection for each thread, as somebody and as nobody."""
        mine = self.mine.__dict__
        if as_admin not in mine:
            mine[as_admin] = http.client.HTTPSConnection(
                self.address, timeout=40, context=self.context(as_admin)) if self.secure \
                else http.client.HTTPConnection(self.address, timeout=40)
            self.connections.append(mine[as_admin])
        return mine[as_admin]

    def ask(self, method, target, headers=(), body=""):
        headers = dict(headers)
        given = headers.get("Authorization")
        if given == "none":
            del headers["Authorization"]
        elif given is None and self.token:
            headers["Authorization"] = "Bearer " + self.token
        connection = self.connect(given is None)
        headers.setdefault("Accept", "application/json")
        headers.setdefault("User-Agent", "contract/1")
        connection.request(method, target, body.encode() if body else None, headers)
        response = connection.getresponse()
        return Answer(response.status, response.msg, response.read().decode())

    def close(self):
        for connection in self.connections:
            connection.close()


class Simulator(Server):
    """An llc-sim process; its directory goes with it."""

    # What the real control plane of the recording has stopped: nothing runs, nothing is scheduled.
    ACTORS_OFF = ("kubelet", "rollouts-controller")

    def __init__(self, program):
        self.directory = tempfile.TemporaryDirectory(prefix="llc-contract-")
        kubeconfig = os.path.join(self.directory.name, "kubeconfig")
        arguments = [program, "--listen", "127.0.0.1:0", "--dir", self.directory.name,
                     "--kubeconfig", kubeconfig]
        for actor in self.ACTORS_OFF:
            arguments += ["--no-actors", actor]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()  # the line that says it is ready
        try:
            super().__init__(kubeconfig)
        except OSError:
            self.process.kill()
            self.process.wait()
            self.directory.cleanup()
            raise

    def close(self):
        super().close()
        self.process.terminate()
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()
        if status != 0:
            raise RuntimeError("llc-sim ended with status %d" % status)


def wait_until(ready, seconds, what):
    """Asks again and again; the pauses are short, as nothing else is measured by them."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)
