# What every checkout can do. CI calls these and nothing else.

export CARGO_TERM_COLOR ?= auto
TARGET := $(or $(CARGO_TARGET_DIR),target)
MUSL := x86_64-unknown-linux-musl
VERSION := $(shell sed -n '/^version/{s/.*"\(.*\)"/\1/p;q}' Cargo.toml)
IMAGE ?= plimsoll:$(VERSION)

.PHONY: demo demo-cluster test test-versions test-cost test-scale test-objects test-expressions test-leaks check advisories bless bench image image-tools control-plane test-install

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

# The ends of the range that README.md names, each pinned in a .mod file of tests/control-plane.
KUBERNETES_VERSIONS ?= 1.31 1.36

test-versions: ## The tests through kubectl on the oldest and the newest Kubernetes of the range; builds each once
	@failed=; for version in $(KUBERNETES_VERSIONS); do \
	  assets=$$(KUBERNETES_VERSION=$$version tests/control-plane/obtain) || exit 1; \
	  echo "== $$($$assets/kube-apiserver --version): the tests through kubectl"; \
	  KUBERNETES_VERSION= KUBEBUILDER_ASSETS=$$assets cargo test --test cluster || failed="$$failed $$version"; \
	done; \
	if [ -n "$$failed" ]; then echo "the tests through kubectl fail on Kubernetes$$failed" >&2; exit 1; fi; \
	echo "== the tests through kubectl pass on Kubernetes $(KUBERNETES_VERSIONS)"

test-cost: ## What any object of three megabytes takes of memory and time; hours, or minutes with STEP=40 for a part
	cargo build --release --bin plimsoll
	PLIMSOLL_TEST_COST=$(abspath $(TARGET))/release/plimsoll PLIMSOLL_TEST_COST_STEP=$(STEP) \
	  cargo test --test process cost -- --nocapture

test-scale: control-plane ## An audit of 10,000 Deployments and 30,000 Pods, with what it takes; COUNT=N for others, BESIDE="exec program ..." for one to compare with
	cargo build --release --bin plimsoll
	PLIMSOLL_TEST_SCALE=$(or $(COUNT),10000) PLIMSOLL_TEST_SCALE_PROGRAM=$(abspath $(TARGET))/release/plimsoll \
	  PLIMSOLL_TEST_SCALE_BESIDE=$(if $(BESIDE),"$(BESIDE)") \
	  cargo test --test cluster scale:: -- --nocapture

test-objects: ## Reviews of a million objects that are made up; COUNT=N for others, SEED=text for other ones
	PLIMSOLL_TEST_OBJECTS=$(or $(COUNT),1000000) PLIMSOLL_TEST_SEED=$(SEED) \
	  cargo test --test core any_object -- --nocapture

test-expressions: ## A million expressions of custom rules that are made up; COUNT=N for others, SEED=text for other ones
	PLIMSOLL_TEST_EXPRESSIONS=$(or $(COUNT),1000000) PLIMSOLL_TEST_SEED=$(SEED) \
	  cargo test --test core any_expression -- --nocapture

test-leaks: ## What an hour of everything that comes and goes takes for good; HOURS=N for others
	cargo build --release --bin plimsoll
	PLIMSOLL_TEST_LEAKS_SECONDS=$$(($(or $(HOURS),1) * 3600)) PLIMSOLL_TEST_LEAKS=$(abspath $(TARGET))/release/plimsoll \
	  cargo test --test process leaks:: -- --nocapture

check: ## Format, lints, dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo deny --log-level error check bans licenses sources

advisories: ## Whether dependencies have known faults; needs the network
	cargo deny --log-level error check advisories

bless: ## Make again what is generated; read the diff
	BLESS=1 cargo test --test core --test serve --test process --test chart

bench: ## The webhook against a no-op server, and BESIDE=PROGRAM; check over MANIFESTS=FOLDER
	BESIDE=$(BESIDE) cargo bench --bench webhook
	BESIDE=$(BESIDE) MANIFESTS=$(MANIFESTS) cargo bench --bench check
	cargo bench --bench expressions

# Nothing of where the clone, the target folder or cargo's home are may be in the program, and nothing of
# when it was compiled, or the digest of the image would depend on it. BINARY=FILE takes a program that
# is there instead of building one.
HOME_OF_CARGO := $(or $(CARGO_HOME),$(HOME)/.cargo)
MOVED := $(abspath $(TARGET))=/target $(CURDIR)=/plimsoll $(HOME_OF_CARGO)=/cargo

image: image-tools ## The image, from a static binary built here, and the same as an archive to load
ifndef BINARY
	SOURCE_DATE_EPOCH=0 RUSTFLAGS="$(MOVED:%=--remap-path-prefix=%)" \
	  CFLAGS_$(subst -,_,$(MUSL))="$(MOVED:%=-ffile-prefix-map=%)" \
	  cargo auditable build --release --locked --bin plimsoll --target $(MUSL)
endif
	rm -rf $(TARGET)/image $(TARGET)/image.tar
	install -D -m 755 $(or $(BINARY),$(TARGET)/$(MUSL)/release/plimsoll) $(TARGET)/image/plimsoll
	buildah --storage-driver vfs bud --build-arg BINARY=prebuilt --timestamp 0 \
	  --file Dockerfile --tag $(IMAGE) $(TARGET)/image
	buildah --storage-driver vfs push $(IMAGE) docker-archive:$(TARGET)/image.tar:localhost/$(IMAGE)
	@echo "localhost/$(IMAGE), $$(buildah --storage-driver vfs inspect --format '{{.FromImageDigest}}' $(IMAGE)), is in $(TARGET)/image.tar"

image-tools: # Names all that a bare machine lacks at once
	@lacks=; need() { command -v $$1 >/dev/null || { lacks=1; echo "make image needs $$1: $$2" >&2; }; }; \
	need buildah 'apt-get install buildah'; \
	if [ -z '$(BINARY)' ]; then \
	  need musl-gcc 'apt-get install musl-tools'; \
	  need cargo-auditable 'cargo install cargo-auditable --locked'; \
	  [ -d "$$(rustc --print sysroot)/lib/rustlib/$(MUSL)" ] || \
	    { lacks=1; echo 'make image needs Rust for $(MUSL): rustup target add $(MUSL)' >&2; }; \
	fi; [ -z "$$lacks" ]

test-install: ## Two real nodes, and all that they do to an installation; root, a quarter of an hour
	cargo build --example install
	@$(TARGET)/debug/examples/install needs
	@$(MAKE) image control-plane
	$(TARGET)/debug/examples/install $(TARGET)/image.tar $(TARGET)/image/plimsoll $(PARTS)
