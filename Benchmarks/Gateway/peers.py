"""Other gateways that pass on OpenAI's API, each as its own documentation sets it up for one upstream, on one core with one
worker. They are measured beside nginx and penstock; none is needed for anything else."""

import os
import shutil
import subprocess
import sys

import servers
import traffic


class PyPI:
    """A package in an environment of its own below `folder`, installed when it is not there."""

    def __init__(self, folder, name, requirement):
        self.name, self.home = name, os.path.abspath(f"{folder}/{name}")
        if os.path.exists(f"{self.home}/installed"):
            return
        print(f"{name}: installing from PyPI", file=sys.stderr)
        self.run(sys.executable, "-m", "venv", "--clear", self.home)
        self.run(f"{self.home}/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary",
                 ":all:", requirement)
        open(f"{self.home}/installed", "w").close()

    def run(self, *command):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
        except (OSError, subprocess.SubprocessError) as error:
            raise traffic.Failure(f"not installed: {error}") from None
        if done.returncode != 0:
            raise traffic.Failure("not installed: " + " / ".join(done.stderr.strip().splitlines()[-2:]))
        return done.stdout.strip()

    def program(self, name):
        return f"{self.home}/bin/{name}"

    def version(self):
        return self.run(
            self.program("python"), "-c", f"import importlib.metadata as m; print(m.version({self.name!r}))")


def pinned(*command):
    return ["taskset", "-c", servers.GATEWAY_CORE, *command]


def haproxy(installed, folder, port, mock_port, tls_port):
    if not shutil.which("haproxy"):
        raise traffic.Failure("not installed: Debian has it as haproxy")
    with open(f"{folder}/haproxy.cfg", "w") as f:
        f.write(f"""
global
  nbthread 1
  maxconn 8000
defaults
  mode http
  option http-no-delay
  http-reuse always
  timeout connect 5s
  timeout client 300s
  timeout server 300s
listen gateway
  bind 127.0.0.1:{port} backlog 8192
  http-request set-header Authorization "Bearer {servers.UPSTREAM_KEY}"
  server mock 127.0.0.1:{mock_port} pool-max-conn -1 pool-purge-delay 60s
""")
    version = subprocess.run(["haproxy", "-v"], capture_output=True, text=True).stdout.split()[2].split("-")[0]
    return version, pinned("haproxy", "-db", "-f", f"{folder}/haproxy.cfg"), {"path": "/{case}/api/v1/{api}"}


def litellm(installed, folder, port, mock_port, tls_port):
    package = PyPI(installed, "litellm", "litellm[proxy]")
    with open(f"{folder}/config.yaml", "w") as f:
        f.write(servers.models("openai", mock_port, tls_port) + "litellm_settings:\n  telemetry: false\n")
    # Neither telephones nor loads a list of prices.
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR",
                   "DO_NOT_TRACK": "1"}
    command = pinned(package.program("litellm"), "--config", f"{folder}/config.yaml", "--host", "127.0.0.1", "--port", str(port),
                     "--num_workers", "1", "--telemetry", "False")
    return package.version(), command, {
        "path": "/v1/{api}", "key": servers.MASTER_KEY, "environment": environment, "patience": 120}


def sglang_router(installed, folder, port, mock_port, tls_port):
    package = PyPI(installed, "sglang-router", "sglang-router")
    command = pinned(package.program("smg"), "launch", "--backend", "openai", "--history-backend", "none",
                     "--disable-health-check", "--max-concurrent-requests", "-1", *router(port, mock_port))
    return package.version(), command, {"path": "/v1/{api}", "key": "{case}", "patience": 60}


def vllm_router(installed, folder, port, mock_port, tls_port):
    package = PyPI(installed, "vllm-router", "vllm-router")
    command = pinned(package.program("vllm-router"), "--max-concurrent-requests", "20000", *router(port, mock_port))
    return package.version(), command, {"path": "/v1/{api}", "key": "{case}", "patience": 60}


def router(port, mock_port):
    """Options that both routers have. They know one upstream, which takes the case from the client's key."""
    return ["--worker-urls", f"http://127.0.0.1:{mock_port}", "--policy", "round_robin", "--host", "127.0.0.1", "--port",
            str(port), "--prometheus-host", "127.0.0.1", "--prometheus-port", str(servers.free_port()), "--log-level", "error"]


ALL = {"haproxy": haproxy, "litellm": litellm, "sglang-router": sglang_router, "vllm-router": vllm_router}


def prepare(name, installed, folder, mock_port, tls_port):
    """Its version, and a server that is not started yet."""
    home, port = f"{folder}/{name}", servers.free_port()
    os.makedirs(home)
    version, command, more = ALL[name](installed, home, port, mock_port, tls_port)
    return version, servers.Server(name, command, port, f"{home}/log", **more)
