"""The servers of the benchmark: a mock upstream, nginx as reverse proxy, and penstock. Each is pinned to its cores, listens
on 127.0.0.1 and writes below one temporary folder only."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

import traffic

GATEWAY_CORE, LOAD_CORE, BOTH_CORES = "0", "1", "0,1"
MASTER_KEY = "sk-benchmark-0123456789abcdef0123456789abcdef"
UPSTREAM_KEY = "sk-or-v1-0123456789"

USAGE = {"input_tokens": 24, "output_tokens": 36, "total_tokens": 60}
TEXT = ("A penstock is the gate, or the pipe behind it, that lets water onto a turbine. It is opened as far as the turbine needs "
        "and shut when it has to stand still.")
COMPLETION = {
    "id": "gen-1767225600-bench", "provider": "Mock", "model": "mock/model", "object": "chat.completion",
    "created": 1767225600,
    "choices": [{
        "index": 0, "finish_reason": "stop", "native_finish_reason": "stop", "logprobs": None,
        "message": {"role": "assistant", "refusal": None, "reasoning": None, "content": TEXT}}],
    "usage": {"prompt_tokens": 24, "completion_tokens": 36, "total_tokens": 60, "cost": 0.00002},
}


def response(text):
    """What /v1/responses answers; without a text, as it is when it has just begun."""
    content = {"type": "output_text", "text": text, "annotations": []}
    message = {"id": "msg_bench", "type": "message", "role": "assistant", "status": "completed", "content": [content]}
    return {
        "id": "resp_1767225600_bench", "object": "response", "created_at": 1767225600, "model": "mock/model",
        "status": "completed" if text else "in_progress", "error": None, "incomplete_details": None,
        "instructions": traffic.INSTRUCTIONS, "max_output_tokens": 256, "parallel_tool_calls": True, "store": False,
        "temperature": 0.7, "tools": [], "output": [message] if text else [], "usage": USAGE if text else None}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def chunk(text, finish=None):
    return "data: " + compact({
        "id": "gen-1767225600-bench", "provider": "Mock", "model": "mock/model", "object": "chat.completion.chunk",
        "created": 1767225600, "choices": [{
            "index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish,
            "native_finish_reason": finish, "logprobs": None}]})


def event(kind, number, **members):
    return f"event: {kind}\\ndata: " + compact({"type": kind, "sequence_number": number, **members})


def delta(number):
    return event("response.output_text.delta", number + 1, item_id="msg_bench", output_index=0, content_index=0,
                 delta=f" word{number}", logprobs=[])


class Server:
    """A process, or one with children, that answers on a port.

    `path` and `key` say how to ask it for a case: `{case}` stands for the mock's answer (`plain`, `tls/held`, …), `{api}` for
    the rest of the URL."""

    def __init__(self, name, command, port, log, path, key="", environment=None, patience=10):
        self.name, self.command, self.port, self.log = name, command, port, log
        self.path, self.key, self.patience = path, key, patience
        self.environment = dict(os.environ, **(environment or {}))
        self.process = None

    def target(self, case, api="chat"):
        """Port, path and key under which `case` is to be had."""
        return self.port, self.path.format(case=case, api=traffic.PATHS[api]), self.key.format(case=case)

    def start(self):
        """Returns the seconds until a first answer was whole: a port that is open need not serve yet."""
        began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        while True:
            try:
                with traffic.Connection(self, "plain", patience=self.patience) as client:
                    client.ask()
                return time.monotonic() - began
            except (OSError, http.client.HTTPException, traffic.Failure) as error:
                if self.process.poll() is not None or time.monotonic() - began > self.patience:
                    self.stop()
                    raise traffic.Failure(f"{self.name} does not answer ({error}): {self.last_words()}") from None
                time.sleep(0.001)

    def last_words(self):
        with open(self.log, errors="replace") as f:
            return " / ".join(f.read().strip().splitlines()[-3:]) or "it wrote nothing"

    def stop(self):
        if not self.process or self.process.poll() is not None:
            return
        children = self.pids()[1:]
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in children:  # those that outlive their parent
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    @property
    def pid(self):
        return self.process.pid

    def pids(self):
        """The process and all that descend from it."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat") as f:
                        parents[int(entry)] = int(f.read().rpartition(")")[2].split()[1])
                except OSError:
                    pass
        found = [self.pid]
        for pid in found:
            found += (child for child, parent in parents.items() if parent == pid)
        return found

    def threads_ns(self):
        """CPU time of each thread that lives, exact (unlike utime and stime, which are ticks)."""
        times = {}
        for pid in self.pids():
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as f:
                    times[thread] = int(f.read().split()[0])
        return times

    def cpu_ns(self):
        return sum(self.threads_ns().values())

    def kib(self, field="VmRSS"):
        """`VmRSS`: the memory held now; `VmHWM`: the most so far."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/status") as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith(field + ":"))
        return total


NGINX_HEAD = """
daemon off; pid {folder}/pid; error_log {folder}/error.log crit;
worker_rlimit_nofile 20000; events {{ worker_connections 19000; multi_accept on; }}
"""
NGINX_HTTP = """
access_log off; server_tokens off; tcp_nodelay on; keepalive_timeout 600s; keepalive_requests 100000000;
client_max_body_size 32m; client_body_buffer_size 2m; default_type application/json;
client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t;
scgi_temp_path {folder}/t;
"""
# With glibc's defaults nginx gives the top of its heap back after each large body and faults it in again, which costs it
# half as much again. The reference should be as good as it can be.
NGINX_ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": "67108864", "MALLOC_MMAP_THRESHOLD_": "67108864"}


def nginx(name, folder, cores, port, head, http):
    workers = len(cores.split(","))
    processes = "master_process off; worker_processes 1;" if workers == 1 else f"worker_processes {workers};"
    os.makedirs(f"{folder}/t")
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(head + processes + NGINX_HEAD.format(folder=folder))
        f.write("http {" + NGINX_HTTP.format(folder=folder) + http + "}\n")
    command = ["taskset", "-c", cores, "nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
    return Server(name, command, port, f"{folder}/log", "/{case}/api/v1/{api}", environment=NGINX_ENVIRONMENT)


def mock(folder, port, tls_port):
    """An upstream in nginx's echo module: `/plain`, `/upload`, `/paced`, `/burst` and `/held`, each with `/api/v1/…` below.
    Without such a prefix the client's key names the answer, for gateways that know one upstream only."""

    def stream(api, count, pause, together=1):
        if api == "chat":
            events = [chunk(f" word{n}") for n in range(count)]
            last = [chunk("", "stop"), "data: [DONE]"]
        else:
            events = [event("response.created", 0, response=response(""))] + [delta(n) for n in range(1, count)]
            last = [event("response.completed", count + 1, response=response(TEXT))]
        lines = []
        for first in range(0, count, together):
            text = "\\n\\n".join(events[first:first + together])
            lines.append(f"echo '{text}\\n'; echo_flush;" + (f" echo_sleep {pause};" if pause else ""))
        return "default_type text/event-stream; " + "\n".join(lines + [f"echo '{text}\\n';" for text in last])

    locations = ""
    for api, path in traffic.PATHS.items():
        plain = compact(COMPLETION if api == "chat" else response(TEXT))
        answers = {
            "plain": f"return 200 '{plain}';",
            # Says nothing before the whole body is there.
            "upload": f"client_body_buffer_size 32m; echo_read_request_body; echo -n '{plain}';",
            # As a model speaks: 50 chunks, 10 ms apart.
            "paced": stream(api, 50, 0.01),
            # As a cache or a fast model speaks: 200 chunks, five to a packet.
            "burst": stream(api, 200, 0, together=5),
            # Open for three quarters of a minute with hardly anything on it.
            "held": stream(api, 3, 15),
        }
        locations += "".join(f"location = /{case}/api/v1/{path} {{ {text} }}\n" for case, text in answers.items())
        locations += f"location = /v1/{path} {{ rewrite ^ /$case/api$uri last; }}\n"
    cases = "".join(f"'Bearer {case}' {case};" for case in answers)
    return nginx(
        "mock", folder, LOAD_CORE, port, f"load_module {nginx_modules()}/ngx_http_echo_module.so;",
        f"""map $http_authorization $case {{ default plain; {cases} }}
        server {{
            listen 127.0.0.1:{port} backlog=8192; listen 127.0.0.1:{tls_port} ssl backlog=8192;
            ssl_certificate {folder}/../cert.pem; ssl_certificate_key {folder}/../key.pem;
            {locations}
            location = /v1/models {{ return 200 '{{"object":"list","data":[{{"id":"plain","object":"model"}}]}}'; }}
            location = /health {{ return 200 'ok'; }}
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


def reference(folder, port, mock_port, tls_port, cores=GATEWAY_CORE):
    """nginx as what a gateway cannot do without: pass on, keep connections, put the upstream's key in."""
    common = f"""
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_read_timeout 300s;
        proxy_set_header Authorization "Bearer {UPSTREAM_KEY}";
    """
    tls = f"proxy_ssl_trusted_certificate {folder}/../cert.pem; proxy_ssl_verify on; proxy_ssl_name localhost;"
    keep = "keepalive 2048; keepalive_requests 100000000; keepalive_timeout 600s;"
    share = "reuseport" if "," in cores else ""  # else one of two processes takes nearly all connections
    return nginx("nginx", folder, cores, port, "", f"""
        upstream mock {{ server 127.0.0.1:{mock_port}; {keep} }}
        upstream mock_tls {{ server 127.0.0.1:{tls_port}; {keep} }}
        server {{
            listen 127.0.0.1:{port} backlog=8192 {share};
            {common}
            location /plain/ {{ proxy_pass http://mock; }}
            location /upload/ {{ proxy_pass http://mock; proxy_request_buffering off; }}
            location / {{ proxy_pass http://mock; proxy_buffering off; }}
            location /tls/plain/ {{ proxy_pass https://mock_tls/plain/; {tls} }}
            location /tls/ {{ proxy_pass https://mock_tls/; proxy_buffering off; {tls} }}
        }}""")


def models(provider, mock_port, tls_port, more=0):
    """The model list that penstock and LiteLLM read; `more` deployments that are never asked for, ten to a name."""
    plain, tls = f"http://127.0.0.1:{mock_port}", f"https://127.0.0.1:{tls_port}"
    entries = [(case, "model", f"{plain}/{case}") for case in ("plain", "upload", "paced", "burst", "held")]
    entries += [(f"tls/{case}", "model", f"{tls}/{case}") for case in ("plain", "held")]
    entries += [("many/*", "*", f"{plain}/plain")]
    entries += [(f"more/{n // 10}", f"model-{n}", f"{plain}/plain") for n in range(more)]
    return "model_list:" + "".join(f"""
  - model_name: {name}
    litellm_params:
      model: {provider}/mock/{model}
      api_base: {base}/api/v1
      api_key: {UPSTREAM_KEY}""" for name, model, base in entries) + f"""
general_settings:
  master_key: {MASTER_KEY}
"""


def penstock(binary, folder, port, mock_port, tls_port, cores=GATEWAY_CORE, more=0, under=()):
    """As somebody would run it: a master key, a line of JSON in a log file for every request. `under`: the command of a tool
    that runs it."""
    os.makedirs(folder)
    with open(f"{folder}/config.yaml", "w") as f:
        f.write(models("openrouter", mock_port, tls_port, more))
    command = [
        "taskset", "-c", cores, *under, binary, "serve", "--config", f"{folder}/config.yaml", "--port", str(port),
        "--host", "127.0.0.1", "--workers", str(len(cores.split(","))), "--log-format", "json"]
    return Server("penstock", command, port, f"{folder}/log", "/v1/{api}", MASTER_KEY,
                  {"SSL_CERT_FILE": f"{folder}/../cert.pem"}, patience=60 if under else 10)


@contextlib.contextmanager
def running_mock(name):
    """A folder for a while, the mock at work in it, and the port where it speaks TLS."""
    with tempfile.TemporaryDirectory(prefix=f"penstock-{name}.") as folder:
        make_certificate(folder)
        tls_port = free_port()
        upstream = mock(f"{folder}/mock", free_port(), tls_port)
        try:
            upstream.start()
            yield folder, upstream, tls_port
        finally:
            upstream.stop()
