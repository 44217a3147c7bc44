"""The three servers of the benchmark: a mock upstream, nginx as reverse proxy, and penstock. Each is one process,
pinned to one core, listening on 127.0.0.1, with everything it writes below one temporary folder."""

import json
import os
import signal
import socket
import subprocess
import time

GATEWAY_CORE, LOAD_CORE = "0", "1"
MASTER_KEY = "sk-benchmark-0123456789abcdef0123456789abcdef"

COMPLETION = {
    "id": "gen-1767225600-bench", "provider": "Mock", "model": "mock/model", "object": "chat.completion",
    "created": 1767225600,
    "choices": [{
        "index": 0, "finish_reason": "stop", "native_finish_reason": "stop", "logprobs": None,
        "message": {"role": "assistant", "refusal": None, "reasoning": None, "content":
            "A penstock is the gate, or the pipe behind it, that lets water onto a turbine. It is opened as far as "
            "the turbine needs and shut when it has to stand still."}}],
    "usage": {"prompt_tokens": 24, "completion_tokens": 36, "total_tokens": 60, "cost": 0.00002},
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def chunk(text, finish=None):
    return "data: " + json.dumps({
        "id": "gen-1767225600-bench", "provider": "Mock", "model": "mock/model", "object": "chat.completion.chunk",
        "created": 1767225600, "choices": [{
            "index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish,
            "native_finish_reason": finish, "logprobs": None}]}, separators=(",", ":"))


class Server:
    """A process that answers on a port."""

    def __init__(self, name, command, port, log, environment=None):
        self.name, self.command, self.port, self.log = name, command, port, log
        self.environment = dict(os.environ, **(environment or {}))
        self.process = None

    def start(self):
        """Returns the seconds until the first connection was accepted."""
        began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return time.monotonic() - began
            except OSError:
                if self.process.poll() is not None or time.monotonic() - began > 10:
                    raise SystemExit(f"{self.name} did not start; see {self.log}") from None
                time.sleep(0.001)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def pid(self):
        return self.process.pid

    def cpu_ns(self):
        """CPU time of all threads that live, exact (unlike utime and stime, which are ticks)."""
        total = 0
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{thread}/schedstat") as f:
                total += int(f.read().split()[0])
        return total

    def rss_kib(self):
        with open(f"/proc/{self.pid}/status") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0


NGINX_HEAD = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
worker_rlimit_nofile 16384; events {{ worker_connections 12000; multi_accept on; }}
"""
NGINX_HTTP = """
access_log off; server_tokens off; tcp_nodelay on; keepalive_timeout 600s; keepalive_requests 100000000;
client_max_body_size 8m; client_body_buffer_size 256k; default_type application/json;
client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t;
scgi_temp_path {folder}/t;
"""
# With glibc's defaults nginx gives the top of its heap back after each large body and faults it in again, which costs it
# half as much again. The reference should be as good as it can be.
NGINX_ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": "67108864", "MALLOC_MMAP_THRESHOLD_": "67108864"}


def nginx(name, folder, core, port, head, http):
    os.makedirs(f"{folder}/t")
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(head + NGINX_HEAD.format(folder=folder))
        f.write("http {" + NGINX_HTTP.format(folder=folder) + http + "}\n")
    command = ["taskset", "-c", core, "nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
    return Server(name, command, port, f"{folder}/log", NGINX_ENVIRONMENT)


def mock(folder, port, tls_port):
    """An upstream in nginx's echo module: `/plain`, `/paced`, `/burst` and `/held`, each with `/api/v1/…` below."""

    def stream(count, pause, together=1):
        lines = []
        for first in range(0, count, together):
            events = "\\n\\n".join(chunk(f" word{n}") for n in range(first, first + together))
            lines.append(f"echo '{events}\\n'; echo_flush;" + (f" echo_sleep {pause};" if pause else ""))
        lines.append(f"echo '{chunk('', 'stop')}\\n'; echo 'data: [DONE]\\n';")
        return "default_type text/event-stream; " + "\n".join(lines)

    plain = json.dumps(COMPLETION, separators=(",", ":"))
    bodies = {
        "plain": f"return 200 '{plain}';",
        # As a model speaks: 50 chunks, 10 ms apart.
        "paced": stream(50, 0.01),
        # As a cache or a fast model speaks: 200 chunks, five to a packet.
        "burst": stream(200, 0, together=5),
        # Open for half a minute with hardly anything on it.
        "held": stream(30, 1),
    }
    locations = "".join(
        f"location = /{name}/api/v1/chat/completions {{ {body} }}\n" for name, body in bodies.items())
    return nginx(
        "mock", folder, LOAD_CORE, port, "load_module modules/ngx_http_echo_module.so;".replace(
            "modules", nginx_modules()),
        f"""server {{
            listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{tls_port} ssl backlog=4096;
            ssl_certificate {folder}/../cert.pem; ssl_certificate_key {folder}/../key.pem;
            {locations}
        }}""")


def nginx_modules():
    version = subprocess.run(["nginx", "-V"], capture_output=True, text=True, check=True).stderr
    for word in version.split():
        if word.startswith("--modules-path="):
            return word.split("=", 1)[1]
    return "/usr/lib/nginx/modules"


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)


def reference(folder, port, mock_port, tls_port):
    """nginx as what a gateway cannot do without: pass on, keep connections, put the upstream's key in."""
    common = """
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_read_timeout 300s; proxy_buffering {buffering};
        proxy_set_header Authorization "Bearer sk-or-v1-0123456789";
    """
    keep = "keepalive 2048; keepalive_requests 100000000; keepalive_timeout 600s;"
    return nginx("nginx", folder, GATEWAY_CORE, port, "", f"""
        upstream mock {{ server 127.0.0.1:{mock_port}; {keep} }}
        upstream mock_tls {{ server 127.0.0.1:{tls_port}; {keep} }}
        server {{
            listen 127.0.0.1:{port} backlog=4096;
            location /plain/ {{ proxy_pass http://mock; {common.format(buffering="on")} }}
            location / {{ proxy_pass http://mock; {common.format(buffering="off")} }}
            location /tls/ {{
                proxy_pass https://mock_tls/; {common.format(buffering="on")}
                proxy_ssl_trusted_certificate {folder}/../cert.pem; proxy_ssl_verify on; proxy_ssl_name localhost;
            }}
        }}""")


def penstock(binary, folder, port, mock_port, tls_port):
    """As somebody would run it: a master key, a line of JSON in a log file for every request."""
    os.makedirs(folder)
    entries = ""
    for name in ["plain", "paced", "burst", "held"]:
        entries += f"""
  - model_name: {name}
    litellm_params:
      model: openrouter/mock/model
      api_base: http://127.0.0.1:{mock_port}/{name}/api/v1
      api_key: sk-or-v1-0123456789"""
    entries += f"""
  - model_name: tls
    litellm_params:
      model: openrouter/mock/model
      api_base: https://127.0.0.1:{tls_port}/plain/api/v1
      api_key: sk-or-v1-0123456789"""
    with open(f"{folder}/config.yaml", "w") as f:
        f.write(f"model_list:{entries}\ngeneral_settings:\n  master_key: {MASTER_KEY}\n")
    command = [
        "taskset", "-c", GATEWAY_CORE, binary, "serve", "--config", f"{folder}/config.yaml", "--port", str(port), "--host",
        "127.0.0.1", "--workers", "1", "--log-format", "json"]
    return Server("penstock", command, port, f"{folder}/log", {"SSL_CERT_FILE": f"{folder}/../cert.pem"})
