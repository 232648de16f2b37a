# syntax=docker/dockerfile:1

# zoneward in an image that has nothing else: one static binary, the certificates of the public authorities, and one user.
# docs/running-docker.md says how to build and run it.
#
#   docker build --tag zoneward .
#
# There is no shell and no git in it: `implementation: cli` and the commands under `check` and `reload` of a zonedir need an image of
# your own, into which /zoneward is copied. There is no HEALTHCHECK either, which would need a program to ask with: ask /healthz from
# outside, as Kubernetes does, or `zoneward status --server`.

FROM --platform=$BUILDPLATFORM golang:1.26.8-trixie AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOCACHE=/cache/build GOMODCACHE=/cache/modules

# Go takes the version from the tags in .git, which is in the context for that. With VERSION, any other one ends the build.
ARG VERSION
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=bind,target=/src --mount=type=cache,target=/cache \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/zoneward ./cmd/zoneward && \
    built=$(go version -m /out/zoneward | awk '$1 == "mod" { print $3 }') && \
    { [ "${VERSION:-$built}" = "$built" ] || { echo "this is $built, and not $VERSION" >&2; exit 1; }; }

# The user that there is, and its directory, which a volume made here inherits.
RUN mkdir -p /out/etc /out/state && \
    echo 'zoneward:x:65532:65532:zoneward:/var/lib/zoneward:/sbin/nologin' >/out/etc/passwd && \
    echo 'zoneward:x:65532:' >/out/etc/group

FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="zoneward" \
      org.opencontainers.image.description="Keeps live DNS equal to what a git repository says" \
      org.opencontainers.image.source="https://github.com/zoneward/zoneward" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"

COPY --from=build /out/etc /etc
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /out/state /var/lib/zoneward
COPY --from=build /out/zoneward /zoneward

# All that is written is here, the state and clones of the zones repository: the rest of the file system may be read-only. The database
# of time zones is in the program.
ENV TMPDIR=/var/lib/zoneward
WORKDIR /var/lib/zoneward
VOLUME /var/lib/zoneward

USER 65532:65532
EXPOSE 8053
ENTRYPOINT ["/zoneward"]
CMD ["run", "-c", "/etc/zoneward/zoneward.yaml"]
