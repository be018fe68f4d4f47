# One static binary and nothing else. `--build-arg BINARY=prebuilt` takes a binary named `plimsoll`
# from the build context instead of compiling it.
ARG BINARY=build

FROM docker.io/library/rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev && cargo install cargo-auditable --locked --version 0.7.7
WORKDIR /src
COPY . .
# The C compiler would write the time of day into the program.
ENV SOURCE_DATE_EPOCH=0
# With the list of all crates in it, which scanners read.
RUN cargo auditable build --release --locked --bin plimsoll \
    && install -m 755 target/release/plimsoll /plimsoll

FROM scratch AS prebuilt
COPY plimsoll /plimsoll

FROM ${BINARY} AS binary

FROM scratch
COPY --from=binary /plimsoll /plimsoll
USER 65532:65532
EXPOSE 8443 8081
ENTRYPOINT ["/plimsoll"]
CMD ["serve"]
