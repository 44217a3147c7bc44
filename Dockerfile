# Two stages: the compiler stays behind, the image holds one binary and the Debian libraries it links.
#
#   docker build -t penstock .
#   export LITELLM_MASTER_KEY="sk-$(openssl rand -hex 32)"
#   docker run -p 4000:4000 -v "$PWD/config.yaml:/etc/penstock/config.yaml:ro" -e LITELLM_MASTER_KEY -e OPENROUTER_API_KEY penstock
ARG SWIFT_IMAGE=swift:6.3-bookworm

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcurl4-openssl-dev libssl-dev libyaml-dev libzstd-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN swift build -c release --product penstock --static-swift-stdlib -Xlinker -s \
    && install -D .build/release/penstock /out/penstock

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libcurl4 libssl3 libstdc++6 libyaml-0-2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin penstock
COPY --from=build /out/penstock /usr/local/bin/penstock
COPY config.example.yaml /etc/penstock/config.yaml
# A crash ends the process and prints nothing of its memory: docs/THREAT_MODEL.md says how to get a stack all the same.
ENV SWIFT_BACKTRACE=enable=no
USER penstock
# Also when the command is replaced: on the container's own loopback nobody could reach it. Without a strong master key
# the gateway then refuses to start and says how to make one.
ENV HOST=0.0.0.0
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD curl --fail --silent --output /dev/null "http://127.0.0.1:${PORT:-4000}/health/liveliness"
# SIGTERM drains for up to 30 s; give `docker stop` a little more (docker stop -t 35).
STOPSIGNAL SIGTERM
ENTRYPOINT ["penstock"]
CMD ["serve", "--config", "/etc/penstock/config.yaml", "--host", "0.0.0.0"]
