#!/usr/bin/env python3
"""Which functions requests run through, in the order of their calls: see docs/PERFORMANCE.md.

    hot_functions.py --binary PENSTOCK FILE

Writes one symbol a line, for the linker's --symbol-ordering-file. The binary must have its symbols, but no debug information.
"""

import argparse
import glob
import os
import re
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../Gateway")
import servers  # noqa: E402
from guard import REQUESTS, Forbidden, profiles  # noqa: E402
from traffic import Failure  # noqa: E402

TLS = ("small request, TLS upstream", "tls/plain", "chat", 0, 100, 1)


class Profile:
    """A file that callgrind wrote (its manual, chapter 'Callgrind Format Specification')."""

    def __init__(self, text, binary):
        self.instructions, self.calls, self.own = {}, {}, set()
        names, objects = {}, {}
        lines = iter(text.splitlines())
        place = callee = function = None
        for line in lines:
            key, _, value = line.partition("=")
            if key in ("fn", "cfn"):
                name = re.sub(r"'\d+$", "", self.name(value, names))
                if key == "cfn":
                    callee = name
                    continue
                function = name
                if place == binary:
                    self.own.add(function)
            elif key in ("ob", "cob"):
                name = self.name(value, objects)
                if key == "ob":
                    place = name
            elif key == "calls":
                self.calls.setdefault(function, {})[callee] = None
                next(lines)  # what the call cost
            elif re.match(r"[+*\-\d]", line):
                cost = line.split()
                if len(cost) > 1:
                    self.instructions[function] = self.instructions.get(function, 0) + int(cost[1])

    @staticmethod
    def name(value, known):
        """A name comes with its number the first time, and is its number alone later."""
        number, name = re.match(r"(\(\d+\))(?: (.*))?", value).groups()
        if name:
            known[number] = name
        return known[number]

    def hot(self, count):
        """The binary's own functions with an instruction or more of each request, callers before what they call."""
        called = {name for callees in self.calls.values() for name in callees}
        stack = sorted((name for name in self.calls if name not in called), key=lambda name: self.instructions.get(name, 0))
        seen, found = set(), []
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.own and self.instructions.get(name, 0) >= count:
                found.append(name)
            stack.extend(reversed(self.calls.get(name, {})))
        return found


def bound_together():
    """What the toolchain's libraries hold in one section for a whole file: named in the list, it would bring all of that."""
    libraries = glob.glob(f"{os.path.dirname(os.path.realpath(shutil.which('swiftc')))}/../lib/swift_static/linux/*.a")
    listing = subprocess.run(["objdump", "-t", *libraries], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in listing.splitlines() if " F .text\t" in line}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("file")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    binary = os.path.realpath(options.binary)
    functions, left_out = {}, bound_together()
    try:
        with servers.running_mock("hot") as upstream:
            for request, text in profiles(binary, *upstream, [*REQUESTS, TLS], "--demangle=no"):
                found = [name for name in Profile(text, binary).hot(request[4]) if name not in left_out]
                print(f"{request[0]:38} {len(found)} functions")
                functions.update(dict.fromkeys(found))
    except (Failure, Forbidden) as failure:
        sys.exit(f"hot-functions: {failure}")
    with open(options.file, "w") as f:
        f.writelines(f"{name}\n" for name in functions)
    print(f"hot-functions: {len(functions)} in {options.file}")


if __name__ == "__main__":
    main()
