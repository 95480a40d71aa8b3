# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
# Debian keeps only the newest fix of a package: a pinned version would break the build when the next one comes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# What `claviger version` shows as the commit.
ARG CLAVIGER_COMMIT=
# What is compiled stays in caches of the builder: after a change of the program, only its own crates are compiled.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin claviger \
    && cp target/release/claviger /usr/local/bin/claviger

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 claviger \
    && useradd --uid 10001 --gid claviger --no-create-home claviger \
    && install -d -o claviger -g claviger -m 0700 /var/lib/claviger /var/lib/claviger/data /var/lib/claviger/keys
COPY --from=build /usr/local/bin/claviger /usr/local/bin/claviger

USER 10001:10001
WORKDIR /var/lib/claviger
VOLUME ["/var/lib/claviger/data", "/var/lib/claviger/keys"]
ENV CLAVIGER_LISTEN=0.0.0.0:8080 \
    CLAVIGER_DATA_DIR=/var/lib/claviger/data \
    CLAVIGER_KEYS_DIR=/var/lib/claviger/keys
EXPOSE 8080

# That something listens is all that can be asked without knowing whether it speaks TLS; docker-compose.yml, which
# knows, asks /health/ready. bash opens the connection, so that no other program has to be in the image.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${CLAVIGER_LISTEN##*:}"]

ENTRYPOINT ["claviger"]
CMD ["serve"]
