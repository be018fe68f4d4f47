# What every checkout can do. CI calls these and nothing else.

export CARGO_TERM_COLOR ?= auto
TARGET := $(or $(CARGO_TARGET_DIR),target)
IMAGE ?= plimsoll:dev
MUSL := x86_64-unknown-linux-musl

.PHONY: demo demo-cluster test test-cost check bless bench image control-plane

demo: ## The refusal, without a cluster
	@echo "building plimsoll (minutes in a fresh clone, seconds after that); then a good and a bad Deployment are sent to it"
	@cargo build --bin plimsoll --example demo
	@$(TARGET)/debug/examples/demo

demo-cluster: control-plane ## The same through a real API server and kubectl
	@echo "building plimsoll; then an API server is started, and kubectl applies a good and a bad Deployment"
	@cargo build --bin plimsoll --example demo
	@$(TARGET)/debug/examples/demo cluster

control-plane: ## kube-apiserver, etcd, controllers and kubectl of one version
	@echo "looking for a kube-apiserver, etcd and kubectl to test against"
	@tests/control-plane/obtain

test: control-plane ## Everything that must pass
	cargo test

test-cost: ## What any object of three megabytes takes of memory and time; hours, or minutes with STEP=40 for a part
	cargo build --release --bin plimsoll
	PLIMSOLL_TEST_COST=$(abspath $(TARGET))/release/plimsoll PLIMSOLL_TEST_COST_STEP=$(STEP) \
	  cargo test --test process cost -- --nocapture

check: ## Format, lints, dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo deny --log-level error check bans licenses sources

bless: ## Make again what is generated; read the diff
	BLESS=1 cargo test --test core --test serve --test process

bench: ## The webhook against a no-op server, and BESIDE=PROGRAM; check over MANIFESTS=FOLDER
	BESIDE=$(BESIDE) cargo bench --bench webhook
	BESIDE=$(BESIDE) MANIFESTS=$(MANIFESTS) cargo bench --bench check

image: ## The image, from a static binary built here
	cargo build --release --target $(MUSL)
	install -D -m 755 $(TARGET)/$(MUSL)/release/plimsoll $(TARGET)/image/plimsoll
	buildah --storage-driver vfs bud --build-arg BINARY=prebuilt --timestamp 0 \
	  --file Dockerfile --tag $(IMAGE) $(TARGET)/image
