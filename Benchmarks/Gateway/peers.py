"""Other proxies and gateways, each told to do what penstock does in the benchmark, as far as it can."""

import os
import shutil

import servers

KNOWN = ["haproxy", "litellm", "sglang-router", "vllm-router"]


def make(name, environments, folder, mock_port):
    """- `environments`: the folder that holds a virtual environment for each peer from PyPI."""
    os.makedirs(folder)
    port = servers.free_port()
    return {"haproxy": haproxy, "litellm": litellm, "sglang-router": sglang_router, "vllm-router": vllm_router}[name](
        f"{environments}/{name}/bin", folder, port, mock_port)


def server(name, command, folder, port, patience=20, environment=None):
    if not shutil.which(command[0]):
        raise RuntimeError(f"{command[0]} is not installed")
    made = servers.Server(
        name, ["taskset", "-c", servers.GATEWAY_CORES, *command], port, f"{folder}/log", environment, patience)
    made.path = lambda model, api: f"/v1/{servers.PATHS[api]}"
    return made


def haproxy(_, folder, port, mock_port):
    with open(f"{folder}/haproxy.cfg", "w") as f:
        f.write(f"""
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s
  option http-no-delay
  http-reuse always
frontend all
  bind 127.0.0.1:{port} backlog 4096
  http-request set-header Authorization "Bearer {servers.UPSTREAM_KEY}"
  default_backend mock
backend mock
  server mock 127.0.0.1:{mock_port} pool-max-conn -1 pool-purge-delay 60s
""")
    made = server("haproxy", ["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"], folder, port)
    made.path = lambda model, api: f"/{servers.upstream_base(model)}/api/v1/{servers.PATHS[api]}"
    return made


def litellm(bin_folder, folder, port, mock_port):
    with open(f"{folder}/config.yaml", "w") as f:
        f.write("model_list:\n")
        for name in servers.VARIANTS:
            f.write(f"  - model_name: {name}\n    litellm_params: {{model: openai/{name}, "
                    f"api_base: \"http://127.0.0.1:{mock_port}/{name}/api/v1\", api_key: {servers.UPSTREAM_KEY}}}\n")
        f.write(f"general_settings: {{master_key: {servers.MASTER_KEY}}}\nlitellm_settings: {{telemetry: false}}\n")
    made = server(
        "litellm", [f"{bin_folder}/litellm", "--config", f"{folder}/config.yaml", "--host", "127.0.0.1", "--port", str(port),
                    "--num_workers", "1", "--telemetry", "False"], folder, port, patience=120,
        environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR",
                     "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"})
    made.key = lambda model: servers.MASTER_KEY
    return made


# Both have one upstream and pass the caller's key on: the mock tells the variants apart by it.
def sglang_router(bin_folder, folder, port, mock_port):
    made = server(
        "sglang-router", [
            f"{bin_folder}/smg", "launch", "--backend", "openai", "--worker-urls", f"http://127.0.0.1:{mock_port}", "--policy",
            "round_robin", "--host", "127.0.0.1", "--port", str(port), "--prometheus-host", "127.0.0.1", "--prometheus-port",
            str(servers.free_port()), "--log-level", "error", "--history-backend", "none", "--disable-health-check",
            "--max-concurrent-requests", "-1"], folder, port)
    made.key = lambda model: model
    return made


def vllm_router(bin_folder, folder, port, mock_port):
    made = server(
        "vllm-router", [
            f"{bin_folder}/vllm-router", "--worker-urls", f"http://127.0.0.1:{mock_port}", "--policy", "round_robin", "--host",
            "127.0.0.1", "--port", str(port), "--prometheus-host", "127.0.0.1", "--prometheus-port",
            str(servers.free_port()), "--log-level", "error", "--max-concurrent-requests", "20000"], folder, port)
    made.key = lambda model: model
    return made
