# All processes and the commands for people. glibc: the native library of the Temporal SDK has no build for musl.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS bundle
WORKDIR /opt/vigilante
COPY package.json package-lock.json .npmrc ./
# With the optional packages: the bundler's compiler is one of them.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY . .
RUN node worker/build-bundle.ts && node agent/build-agent.ts

FROM ${BASE} AS packages
WORKDIR /opt/vigilante
COPY package.json package-lock.json .npmrc ./
# Without the optional packages: the base has its own Node, and the workflows are bundled already.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
# The SDK carries a native library for each platform, and its Rust sources.
RUN cd node_modules/@temporalio/core-bridge \
  && find releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} + \
  && rm -rf sdk-core src bridge-macros Cargo.toml Cargo.lock

FROM ${BASE}
LABEL org.opencontainers.image.title="vigilante" \
  org.opencontainers.image.description="Durable care for Kubernetes nodes, orchestrated by Temporal" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /opt/vigilante
COPY --from=packages /opt/vigilante/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY activities activities
COPY agent agent
COPY cli cli
COPY collector collector
COPY config config
COPY contracts contracts
COPY domain domain
COPY kubernetes kubernetes
COPY runtime runtime
COPY starter starter
COPY worker worker
COPY workflows workflows
COPY --from=bundle /opt/vigilante/build build
# The short name for kubectl exec; the second command fails here, not in the cluster, when the native library is missing.
RUN ln -s /opt/vigilante/bin/vigilante /usr/local/bin/vigilante && vigilante worker --help >/dev/null
# A number: Kubernetes cannot tell whether a name is root.
USER 10001:10001
EXPOSE 8000 8001 8443
ENTRYPOINT ["/opt/vigilante/bin/vigilante"]
CMD ["--help"]
