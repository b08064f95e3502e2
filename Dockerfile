# syntax=docker/dockerfile:1
# Two stages, and no step of their own: both call ./dev, as an engineer does by hand.
#   docker build -t llc-controller .

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY . .
RUN ./dev build

FROM debian:bookworm-slim
COPY dev /tmp/dev
RUN /tmp/dev deps run && rm -rf /tmp/dev /var/lib/apt/lists/*
COPY --from=build /src/out/bin/llc-controller /usr/local/bin/llc-controller
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/llc-controller"]
