# Two images. The last stage has every process but the agent; the agent, which runs on every node, has one of its own:
#
#   docker build --tag vigilante .
#   docker build --tag vigilante-agent --target agent .
#
# `npm run images:verify` builds both and runs them against a real control plane, without Docker.

# glibc: the native library of the Temporal SDK has no build for musl.
ARG BASE=node:24.21.0-bookworm-slim

# --- The agent: Node, the libraries that it is linked with, and plain JavaScript.
FROM ${BASE} AS agent-code
WORKDIR /opt/vigilante
COPY package.json ./
COPY config config
COPY contracts contracts
COPY runtime runtime
COPY agent agent
RUN node --no-warnings agent/build-agent.ts

FROM ${BASE} AS agent-root
# `status.d` is where scanners look for the packages of an image without a package manager.
RUN set -eu; \
  mkdir -p /root-of-agent/etc /root-of-agent/usr/local/bin /root-of-agent/var/lib/dpkg/status.d; \
  cp /usr/local/bin/node /root-of-agent/usr/local/bin/; \
  ldd /usr/local/bin/node | grep -o '/lib[^ ]*' | sort -u | xargs -I{} cp --parents --dereference {} /root-of-agent/; \
  for package in libc6 libgcc-s1 libstdc++6; do \
    dpkg-query --status "$package" > "/root-of-agent/var/lib/dpkg/status.d/$package"; \
    cp --parents --dereference "/usr/share/doc/$package/copyright" /root-of-agent/; \
  done; \
  echo 'hosts: files dns' > /root-of-agent/etc/nsswitch.conf; \
  echo 'vigilante:x:10001:10001::/:/sbin/nologin' > /root-of-agent/etc/passwd; \
  echo 'vigilante:x:10001:' > /root-of-agent/etc/group

FROM scratch AS agent
LABEL org.opencontainers.image.title="vigilante-agent" \
  org.opencontainers.image.description="The agent of Vigilante: probes from a node and reports to the collector" \
  org.opencontainers.image.licenses="Apache-2.0"
COPY --from=agent-root /root-of-agent /
COPY LICENSE /opt/vigilante/
COPY --from=agent-code /opt/vigilante/build/agent /opt/vigilante/build/agent
# Fails here, not on the nodes, when a library is missing.
RUN ["/usr/local/bin/node", "/opt/vigilante/build/agent/main.js", "-help"]
USER 10001:10001
# The flags of bin/vigilante, which says what they are for; a test compares the two.
ENTRYPOINT ["/usr/local/bin/node", "--optimize-for-size", "--no-opt", "--no-maglev", "--no-sparkplug", "/opt/vigilante/build/agent/main.js"]

# --- Every other process, and the commands for people.
FROM ${BASE} AS dependencies
WORKDIR /opt/vigilante
COPY package.json package-lock.json .npmrc ./
# With the optional packages: the compiler of the bundler is one of them.
RUN --mount=type=cache,target=/var/cache/npm \
  npm ci --cache /var/cache/npm --omit=dev --ignore-scripts --no-audit --no-fund

FROM dependencies AS bundle
COPY domain domain
COPY contracts contracts
COPY workflows workflows
COPY temporal temporal
COPY worker worker
RUN node worker/build-bundle.ts

FROM dependencies AS packages
# Without the optional packages: the base has its own Node, and the workflows are bundled already.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
# The SDK carries a native library for each platform, and its Rust sources; the others are for a runtime that is not Node.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} + \
  && cd node_modules/@temporalio/core-bridge && rm -rf sdk-core src bridge-macros Cargo.toml Cargo.lock \
  && cd ../.. && rm -rf bare-*/prebuilds
# Node loads no TypeScript from node_modules; maps and pages are for people.
RUN find node_modules -type f '(' \
    -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.tsbuildinfo' \
    -o '(' -iname '*.md' ! -iname '*licen[cs]e*' ! -iname '*notice*' ')' \
  ')' -delete \
  && find node_modules -type d -empty -delete

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
COPY cli cli
COPY collector collector
COPY config config
COPY contracts contracts
COPY domain domain
COPY echo echo
COPY fleet fleet
COPY kubernetes kubernetes
COPY maintainer maintainer
COPY runtime runtime
COPY starter starter
COPY temporal temporal
COPY worker worker
COPY workflows workflows
COPY --from=bundle /opt/vigilante/build build
# The place of the embedded store; a volume that is new takes over its mode, and the user may be anybody.
RUN install --directory --mode=1777 /var/lib/vigilante
# The short name for kubectl exec; the second command fails here, not in the cluster, when the native library is missing.
RUN ln -s /opt/vigilante/bin/vigilante /usr/local/bin/vigilante && vigilante worker --help >/dev/null
# A number: Kubernetes cannot tell whether a name is root.
USER 10001:10001
EXPOSE 8000 8001 8081 8443
ENTRYPOINT ["/opt/vigilante/bin/vigilante"]
CMD ["--help"]
