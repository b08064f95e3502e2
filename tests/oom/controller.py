#!/usr/bin/env python3
"""
The controller at its main job against llc-sim, with one allocation failing somewhere: it says "out of
memory" and aborts, which must be no more than a SIGKILL. It is started again, and the job ends as it
does without the fault.

controller.py [--runs N] [--seed N] CONTROLLER SIM

The job: a canary of two, a promotion, a third replica, an end. Each run has a namespace of its own;
which allocation fails is drawn from as many as the job takes without a fault.
"""

import argparse
import collections
import concurrent.futures
import http.client
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

SOON_S = 60
JOBS = 8
CRD = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                   "../../crds/longlivedcanaries.argo-canary.dev.yaml")


class Failed(Exception):
    pass


class Server:
    """llc-sim over plain HTTP, where everybody may do everything."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, "--http", "--listen", "127.0.0.1:0", "--dir", folder], stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        self.address = re.search(r"http://([0-9.:]+)", line).group(1)
        self.kubeconfig = os.path.join(folder, "kubeconfig")

    def call(self, method, path, body=None, want=(200, 201)):
        patch = "application/merge-patch+json" if method == "PATCH" else "application/json"
        connection = http.client.HTTPConnection(self.address, timeout=SOON_S)
        connection.request(method, path, json.dumps(body) if body is not None else None,
                           {"Content-Type": patch})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status not in want:
            raise Failed("%s %s: %d %s" % (method, path, answer.status, text[:300]))
        return json.loads(text)

    def define(self, path):
        """A CustomResourceDefinition from its file."""
        connection = http.client.HTTPConnection(self.address, timeout=SOON_S)
        with open(path, "rb") as file:
            connection.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                               file.read(), {"Content-Type": "application/yaml"})
        answer = connection.getresponse()
        if answer.status != 201:
            raise Failed("%s: %d %s" % (path, answer.status, answer.read()[:300]))

    def end(self):
        self.process.kill()
        self.process.wait()


class Controller:
    """Started with the fault, and again without it when that has ended it."""

    def __init__(self, program, server, namespace, k):
        self.command = [program, "--kubeconfig", server.kubeconfig, "--namespace", namespace,
                        "--http-address", ""]
        self.k = k
        self.died = False
        self.start(k)

    def start(self, k):
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.command, env=dict(os.environ, FAIL_ALLOCATION=str(k)),
                                        stdout=subprocess.DEVNULL, stderr=self.said)

    def text(self):
        self.said.seek(0)
        return self.said.read().decode(errors="replace")

    def check(self):
        """Is it there? It may die once, as it should."""
        code = self.process.poll()
        if code is None:
            return
        if self.died or code != -signal.SIGABRT or not self.text().endswith("out of memory\n"):
            raise Failed("ended with %d: %s" % (code, self.text()[-1000:]))
        self.died = True
        self.start(-1)

    def end(self):
        """In order; the fault may be in the end too. Returns how many allocations there were."""
        deadline = time.monotonic() + SOON_S
        while "starting" not in self.text():  # before that SIGTERM is not heard
            self.check()
            if time.monotonic() > deadline:
                raise Failed("does not start: %s" % self.text())
            time.sleep(0.02)
        self.process.terminate()
        code = self.process.wait(timeout=SOON_S)
        if code == -signal.SIGABRT and not self.died and self.text().endswith("out of memory\n"):
            self.died = True
        elif code != 0:
            raise Failed("ended with %d: %s" % (code, self.text()[-1000:]))
        found = re.search(r"^allocations: (\d+)$", self.text(), re.MULTILINE)
        return int(found.group(1)) if found else None


def meta(name):
    return {"name": name}


class Job:
    def __init__(self, server, controller_program, namespace, k):
        self.server, self.namespace = server, namespace
        server.call("POST", "/api/v1/namespaces", {"metadata": meta(namespace)})
        self.controller = Controller(controller_program, server, namespace, k)

    def path(self, group, plural, name=""):
        return "%s/namespaces/%s/%s%s" % (group, self.namespace, plural, name and "/" + name)

    def call(self, method, group, plural, name="", body=None, **want):
        return self.server.call(method, self.path(group, plural, name), body, **want)

    def rollout(self):
        return self.call("GET", "/apis/argoproj.io/v1alpha1", "rollouts", "app")

    def stable(self):
        return self.rollout().get("status", {}).get("stableRS")

    def pods(self):
        found = self.call("GET", "/api/v1", "pods?labelSelector=argo-canary.dev%2Fname%3Dc")["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def is_right(self, replicas):
        """So many pods, all in traffic, and the canary says so."""
        canary = self.call("GET", "/apis/argo-canary.dev/v1alpha1", "longlivedcanaries", "c")
        status = canary.get("status", {})
        ready = [c["status"] for c in status.get("conditions", []) if c["type"] == "Ready"]
        hashes = [pod["metadata"]["labels"].get("rollouts-pod-template-hash") for pod in self.pods()]
        return (hashes == [self.stable()] * replicas and ready == ["True"] and
                status.get("observedGeneration") == canary["metadata"]["generation"] and
                status.get("readyReplicas") == replicas)

    def wait(self, what, is_so):
        end = time.monotonic() + SOON_S
        while not is_so():
            self.controller.check()
            if time.monotonic() > end:
                raise Failed("not %s: %s" % (what, self.controller.text()[-2000:]))
            time.sleep(0.02)

    def patch_canary(self, spec):
        self.call("PATCH", "/apis/argo-canary.dev/v1alpha1", "longlivedcanaries", "c", {"spec": spec})

    def begin(self):
        self.call("POST", "/api/v1", "services", body={
            "metadata": meta("app"), "spec": {"selector": {"app": "app"}, "ports": [{"port": 80}]}})
        self.call("POST", "/apis/argoproj.io/v1alpha1", "rollouts", body={
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": meta("app"),
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "app"}},
                     "strategy": {"blueGreen": {"activeService": "app"}},
                     "template": {"metadata": {"labels": {"app": "app"}},
                                  "spec": {"containers": [{"name": "app", "image": "app:1"}]}}}})
        self.wait("stable", self.stable)
        self.call("POST", "/apis/argo-canary.dev/v1alpha1", "longlivedcanaries", body={
            "apiVersion": "argo-canary.dev/v1alpha1", "kind": "LongLivedCanary",
            "metadata": meta("c"),
            "spec": {"rolloutRef": meta("app"), "image": "app:canary", "replicas": 2}})
        self.wait("two", lambda: self.is_right(2))

    def promote(self):
        former = self.stable()
        self.call("PATCH", "/apis/argoproj.io/v1alpha1", "rollouts", "app", {"spec": {
            "template": {"spec": {"containers": [{"name": "app", "image": "app:2"}]}}}})
        self.wait("promoted", lambda: self.stable() != former)
        self.wait("followed", lambda: self.is_right(2))

    def finish(self):
        self.patch_canary({"replicas": 3})
        self.wait("three", lambda: self.is_right(3))
        self.call("DELETE", "/apis/argo-canary.dev/v1alpha1", "longlivedcanaries", "c")
        self.wait("gone", lambda: not self.pods())

    def run(self):
        try:
            self.begin()
            self.promote()
            self.finish()
            return self.controller.end()
        finally:
            self.controller.process.kill()
            self.controller.process.wait()


def judge(server, program, k):
    job = Job(server, program, "k%d" % k, k)
    try:
        job.run()
    except (Failed, OSError, subprocess.TimeoutExpired) as error:
        return k, "FAILED", str(error)
    return k, "died and came back" if job.controller.died else "not reached", ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("controller")
    parser.add_argument("sim")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    count = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(args.sim, folder)
        try:
            server.define(CRD)
            n = Job(server, args.controller, "k0", 0).run()
            chosen = random.Random(args.seed).sample(range(1, n + 1), args.runs)
            with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
                for k, kind, text in pool.map(lambda k: judge(server, args.controller, k), chosen):
                    count[kind] += 1
                    if kind == "FAILED":
                        print("FAIL_ALLOCATION=%d: %s" % (k, text))
        finally:
            server.end()
    print("seed %d: %d allocations without a fault; %s" % (args.seed, n, ", ".join(
        "%d %s" % (number, kind) for kind, number in sorted(count.items()))))
    sys.exit(count["FAILED"] > 0 or count["died and came back"] == 0)


main()
