# syntax=docker/dockerfile:1
# Frontdesk in one image. Its command is `frontdesk serve`; other commands are given in full, as in
# `docker run frontdesk frontdesk migrate`. There is no entrypoint, because hosting platforms differ in whether their commands keep one.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src

# The dependencies first, with empty crates around them: this layer lasts until a manifest changes.
COPY Cargo.toml Cargo.lock ./
COPY domain/Cargo.toml domain/
COPY adapters/Cargo.toml adapters/
COPY projections/Cargo.toml projections/
COPY application/Cargo.toml application/
COPY api/Cargo.toml api/
COPY simulate/Cargo.toml simulate/
COPY provision/Cargo.toml provision/
COPY tests/Cargo.toml tests/
COPY xtask/Cargo.toml xtask/
RUN for member in domain adapters projections application api simulate provision tests xtask; do \
        mkdir -p "$member/src" && touch "$member/src/lib.rs"; \
    done \
    && mkdir adapters/benches domain/benches \
    && for main in adapters/benches/append.rs adapters/benches/processes.rs domain/benches/slot_search.rs domain/benches/fold.rs api/src/main.rs xtask/src/main.rs; do \
        echo 'fn main() {}' > "$main"; \
    done \
    && cargo build --release --locked --package frontdesk

COPY migrations migrations
COPY domain domain
COPY adapters adapters
COPY projections projections
COPY application application
COPY api api
COPY simulate simulate
# The guides are built into the executable.
COPY README.md SECURITY.md ./
COPY docs docs
# Cargo goes by the files' times, and those of the sources may be older than the empty crates.
RUN cargo clean --release --package frontdesk-domain --package frontdesk-adapters --package frontdesk-projections \
        --package frontdesk-application --package frontdesk-simulate --package frontdesk \
    && cargo build --release --locked --package frontdesk \
    && strip target/release/frontdesk

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
    && groupadd --system --gid 10001 frontdesk \
    && useradd --system --uid 10001 --gid frontdesk --home-dir /var/lib/frontdesk --no-create-home frontdesk \
    && install --directory --owner=frontdesk --group=frontdesk /var/lib/frontdesk
COPY --from=build /src/target/release/frontdesk /usr/local/bin/frontdesk

# By number, since Kubernetes takes no other proof that it is not root (`runAsNonRoot`).
USER 10001:10001
WORKDIR /var/lib/frontdesk
ENV FRONTDESK_LISTEN=0.0.0.0:8080 FRONTDESK_DATA_DIR=/var/lib/frontdesk
EXPOSE 8080
CMD ["frontdesk", "serve"]
