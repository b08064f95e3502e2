#!/usr/bin/env python3
"""
Each unit test program with one allocation failing: it must say "out of memory" and abort, and never
crash otherwise, hang, or go on.

units.py [--all] [--seed N] PROGRAMS

PROGRAMS is a file with a path a line. Without --all a few allocations of each program, early ones, as
the runs are short then. With --all every one of a program where that takes about PROGRAM_S at most,
and as many sampled ones of the others.
"""

import argparse
import collections
import concurrent.futures
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time

PROGRAM_S = 8
FEW, EARLY = 3, 3000
TIMEOUT_S = 300

Verdict = collections.namedtuple("Verdict", "program k kind text")


def run(program, k):
    """What it said on stderr, and how it ended; None = not at all."""
    try:
        done = subprocess.run(
            [program], env=dict(os.environ, FAIL_ALLOCATION=str(k)), stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=TIMEOUT_S, cwd=os.path.dirname(program))
    except subprocess.TimeoutExpired:
        return "", None
    return done.stderr.decode(errors="replace"), done.returncode


def allocations(text):
    found = re.search(r"^allocations: (\d+)$", text, re.MULTILINE)
    return int(found.group(1)) if found else None


def judge(program, k):
    text, code = run(program, k)
    reached = allocations(text)
    if code == -signal.SIGABRT and text.endswith("out of memory\n"):
        kind = "aborted"
    elif code == 0 and reached is not None and reached < k:
        kind = "not reached"
    else:
        kind = "FAILED"
    return Verdict(program, k, kind, "%s, %s" % (
        "hung" if code is None else "ended with %d" % code, text[-300:]))


def choose(program, everything, chance):
    if not everything:
        return [1] + [int(EARLY ** chance.random()) + 1 for _ in range(FEW)]
    began = time.monotonic()
    text, code = run(program, 0)
    n = allocations(text)
    run_s = (time.monotonic() - began) / 2  # they end halfway, on the average
    if code != 0 or n is None:
        sys.exit("%s: ended with %s without a fault: %s" % (program, code, text[-300:]))
    return sorted(chance.sample(range(1, n + 1), min(n, FEW + int(PROGRAM_S / run_s))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("programs")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(args.programs) as file:
        programs = file.read().split()
    count = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for program in programs:
            for verdict in pool.map(lambda k: judge(program, k),
                                    choose(program, args.all, chance)):
                count[verdict.kind] += 1
                if verdict.kind == "FAILED":
                    print("FAIL_ALLOCATION=%d %s: %s" % (verdict.k, program, verdict.text),
                          flush=True)
    print("seed %d: %d programs, %s" % (args.seed, len(programs), ", ".join(
        "%d %s" % (n, kind) for kind, n in sorted(count.items()))))
    sys.exit(count["FAILED"] > 0 or count["aborted"] == 0)


main()
