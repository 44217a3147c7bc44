"""The servers of the benchmark: a mock upstream, nginx as reverse proxy, and penstock; the peers are in peers.py. Each is
pinned to its cores, listens on 127.0.0.1, and keeps everything it writes below one temporary folder."""

import json
import os
import signal
import socket
import subprocess
import time

GATEWAY_CORES, LOAD_CORE = "0", "1"
MASTER_KEY = "sk-benchmark-0123456789abcdef0123456789abcdef"
UPSTREAM_KEY = "sk-or-v1-0123456789"
# What the mock answers with, by the name of a model: at once; as a model speaks; as a cache speaks; hardly at all.
VARIANTS = ["plain", "paced", "burst", "held"]
PATHS = {"chat": "chat/completions", "responses": "responses"}

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
RESPONSE = {
    "id": "resp_bench", "object": "response", "created_at": 1767225600, "status": "completed", "error": None,
    "incomplete_details": None, "model": "mock/model", "output": [{
        "type": "message", "id": "msg_bench", "status": "completed", "role": "assistant", "content": [{
            "type": "output_text", "annotations": [], "text": COMPLETION["choices"][0]["message"]["content"]}]}],
    "usage": {"input_tokens": 24, "output_tokens": 36, "total_tokens": 60},
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def chat_event(text, finish=None):
    return "data: " + compact({
        "id": "gen-1767225600-bench", "provider": "Mock", "model": "mock/model", "object": "chat.completion.chunk",
        "created": 1767225600, "choices": [{
            "index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish,
            "native_finish_reason": finish, "logprobs": None}]})


def responses_event(kind, **members):
    return f"event: {kind}\\ndata: " + compact({"type": kind, **members})


class Server:
    """Processes that answer on a port. `started` is a function that says whether they do."""

    def __init__(self, name, command, port, log, environment=None, patience=20):
        self.name, self.command, self.port, self.log, self.patience = name, command, port, log, patience
        self.environment = dict(os.environ, **(environment or {}))
        self.process = None
        # Under which path, and with which key, it takes requests for a model; see `Bench.target`.
        self.path = lambda model, api: f"/v1/{PATHS[api]}"
        self.key = lambda model: ""

    def start(self, ask):
        """Returns the seconds until `ask(self)`, a whole request and answer, went through."""
        began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        while True:
            try:
                ask(self)
                return time.monotonic() - began
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() - began > self.patience:
                    raise RuntimeError(f"{self.name} did not start ({error}); see {self.log}") from None
                time.sleep(0.001)

    def stop(self):
        if self.process and self.process.poll() is None:
            below = self.pids()[1:]
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            for pid in below:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def pids(self):
        """Of the process and what it has started."""
        found, left = [], [self.process.pid]
        while left:
            pid = left.pop()
            found.append(pid)
            try:
                for thread in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{thread}/children") as f:
                        left += map(int, f.read().split())
            except OSError:
                pass
        return found

    def cpu_ns(self):
        """CPU time of all threads that live, exact (unlike utime and stime, which are ticks)."""
        return sum(self.threads_ns().values())

    def threads_ns(self):
        """The same by thread, with its name."""
        times = {}
        for pid in self.pids():
            for thread in os.listdir(f"/proc/{pid}/task"):
                try:
                    with open(f"/proc/{pid}/task/{thread}/schedstat") as f, open(f"/proc/{pid}/task/{thread}/comm") as n:
                        times[thread, n.read().strip()] = int(f.read().split()[0])
                except OSError:
                    pass
        return times

    def memory_kib(self, key="VmRSS"):
        """RSS now, or with `VmHWM` the most it ever was, of all its processes."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/status") as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith(f"{key}:"))
        return total


NGINX_HEAD = """
daemon off; master_process {master}; worker_processes {workers}; pid {folder}/pid; error_log {folder}/error.log crit;
worker_rlimit_nofile 20000; events {{ worker_connections 16000; multi_accept on; }}
"""
NGINX_HTTP = """
access_log off; server_tokens off; tcp_nodelay on; keepalive_timeout 600s; keepalive_requests 100000000;
client_max_body_size 64m; client_body_buffer_size 256k; default_type application/json;
client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t;
scgi_temp_path {folder}/t;
"""
# With glibc's defaults nginx gives the top of its heap back after each large body and faults it in again, which costs it
# half as much again. The reference should be as good as it can be.
NGINX_ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": "67108864", "MALLOC_MMAP_THRESHOLD_": "67108864"}


def nginx(name, folder, cores, port, head, http, workers=1):
    os.makedirs(f"{folder}/t")
    main = NGINX_HEAD.format(folder=folder, workers=workers, master="on" if workers > 1 else "off")
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(head + main + "http {" + NGINX_HTTP.format(folder=folder) + http + "}\n")
    os.chmod(folder, 0o755)
    command = ["taskset", "-c", cores, "nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
    return Server(name, command, port, f"{folder}/log", NGINX_ENVIRONMENT)


def mock(folder, port, tls_port):
    """An upstream in nginx's echo module: every variant has its own base, `/plain/api/v1/…` and so on; below `/v1` the
    caller's key names the variant, for routers that have one upstream only and pass the key on."""

    def stream(api, count, pause, together=1):
        def event(number):
            if api == "chat":
                return chat_event(f" word{number}")
            return responses_event(
                "response.output_text.delta", sequence_number=number + 1, item_id="msg_bench", output_index=0,
                content_index=0, delta=f" word{number}")

        lines = []
        if api == "responses":
            began = responses_event(
                "response.created", sequence_number=0,
                response={"id": "resp_bench", "object": "response", "status": "in_progress", "model": "mock/model", "output": []})
            lines.append(f"echo '{began}\\n';")
        for first in range(0, count, together):
            events = "\\n\\n".join(event(n) for n in range(first, first + together))
            lines.append(f"echo '{events}\\n'; echo_flush;" + (f" echo_sleep {pause};" if pause else ""))
        if api == "chat":
            lines.append(f"echo '{chat_event('', 'stop')}\\n'; echo 'data: [DONE]\\n';")
        else:
            ended = responses_event("response.completed", sequence_number=count + 1, response=RESPONSE)
            lines.append(f"echo '{ended}\\n';")
        return "default_type text/event-stream; " + "\n".join(lines)

    locations = ""
    for api, path in PATHS.items():
        plain = compact(COMPLETION if api == "chat" else RESPONSE)
        bodies = {
            "plain": f"return 200 '{plain}';",
            # 50 chunks, 10 ms apart.
            "paced": stream(api, 50, 0.01),
            # 200 chunks, five to a packet.
            "burst": stream(api, 200, 0, together=5),
            # Open for half a minute with hardly anything on it.
            "held": stream(api, 30, 1),
        }
        for variant, body in bodies.items():
            locations += f"location = /{variant}/api/v1/{path} {{ {body} }}\n"
        locations += f"location = /v1/{path} {{ rewrite ^ /$variant/api/v1/{path} last; }}\n"
    keys = " ".join(f"'Bearer {variant}' {variant};" for variant in VARIANTS)
    models = compact({"object": "list", "data": [{"id": v, "object": "model"} for v in VARIANTS]})
    return nginx(
        "mock", folder, LOAD_CORE, port, f"load_module {nginx_modules()}/ngx_http_echo_module.so;",
        f"""map $http_authorization $variant {{ default plain; {keys} }}
        server {{
            listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{tls_port} ssl backlog=4096;
            ssl_certificate {folder}/../cert.pem; ssl_certificate_key {folder}/../key.pem;
            location = /v1/models {{ return 200 '{models}'; }}
            location / {{ return 200 '{{}}'; }}
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


def reference(folder, port, mock_port, tls_port, workers=1, cores=GATEWAY_CORES):
    """nginx as what a gateway cannot do without: pass on, keep connections, put the upstream's key in."""
    common = """
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_read_timeout 300s; proxy_buffering {buffering};
        proxy_set_header Authorization "Bearer """ + UPSTREAM_KEY + """";
    """
    tls = """
        proxy_ssl_trusted_certificate {folder}/../cert.pem; proxy_ssl_verify on; proxy_ssl_name localhost;
    """.format(folder=folder)
    keep = "keepalive 6000; keepalive_requests 100000000; keepalive_timeout 600s;"
    server = nginx("nginx", folder, cores, port, "", f"""
        upstream mock {{ server 127.0.0.1:{mock_port}; {keep} }}
        upstream mock_tls {{ server 127.0.0.1:{tls_port}; {keep} }}
        server {{
            listen 127.0.0.1:{port} backlog=4096{" reuseport" if workers > 1 else ""};
            location /plain/ {{ proxy_pass http://mock; {common.format(buffering="on")} }}
            location / {{ proxy_pass http://mock; {common.format(buffering="off")} }}
            location /tls/plain/ {{ proxy_pass https://mock_tls/plain/; {common.format(buffering="on")} {tls} }}
            location /tls/ {{ proxy_pass https://mock_tls/; {common.format(buffering="off")} {tls} }}
        }}""", workers)
    server.path = lambda model, api: f"/{upstream_base(model)}/api/v1/{PATHS[api]}"
    return server


def upstream_base(model):
    """`tls-plain` is the variant `plain` behind TLS; `many/17` is one of many names for `plain`."""
    return model.replace("tls-", "tls/", 1) if model.startswith("tls-") else model.split("/")[0].replace("many", "plain")


def penstock(binary, folder, port, mock_port, tls_port, workers=1, cores=GATEWAY_CORES, deployments=0):
    """As somebody would run it: a master key, a line of JSON in a log file for every request.

    `deployments`: so many others beside those that are asked, and a wildcard `many/*`."""
    os.makedirs(folder)

    def entry(name, base, model="openrouter/mock/model"):
        return f"""
  - model_name: {name}
    litellm_params: {{model: {model}, api_base: "{base}", api_key: {UPSTREAM_KEY}}}"""

    entries = "".join(entry(name, f"http://127.0.0.1:{mock_port}/{name}/api/v1") for name in VARIANTS)
    entries += "".join(entry(f"tls-{name}", f"https://127.0.0.1:{tls_port}/{name}/api/v1") for name in VARIANTS)
    if deployments:
        plain = f"http://127.0.0.1:{mock_port}/plain/api/v1"
        entries += "".join(entry(f"other-{n}", plain, f"openrouter/mock/other-{n}") for n in range(deployments))
        entries += entry('"many/*"', plain, '"openrouter/mock/*"')
    with open(f"{folder}/config.yaml", "w") as f:
        f.write(f"model_list:{entries}\ngeneral_settings:\n  master_key: {MASTER_KEY}\n")
    command = [
        "taskset", "-c", cores, binary, "serve", "--config", f"{folder}/config.yaml", "--port", str(port), "--host",
        "127.0.0.1", "--workers", str(workers), "--log-format", "json"]
    server = Server("penstock", command, port, f"{folder}/log", {"SSL_CERT_FILE": f"{folder}/../cert.pem"})
    server.key = lambda model: MASTER_KEY
    return server
