# `make` lists the targets.

FUZZ_SECONDS ?= 60
CAPTURE ?= dist/demo.log
PORT ?= 8321
demo := dist/demo.log
workbook_demo := dist/workbook.log
cli := cargo run --quiet --release --locked --package eset-filter-cli --
# Dependencies of the offline Sentinel tools and of the tests. Each set is installed once, and again when its list
# changes.
python := tests/sentinel/venv/bin/python
node_modules := tests/sentinel/node_modules/.package-lock.json
npm_modules := tests/npm/node_modules/.package-lock.json
page := plugin/browser/page
page_modules := $(page)/node_modules/.package-lock.json
page_capture := dist/playground.log

.PHONY: help demo alerts workbook screenshots solution test bench wasm native lua npm page playground baseline sentinel samples reference azure soak check fuzz clean

help:
	@echo 'make demo         generate a short capture, run it through the WASM filter and show the records as a table'
	@echo 'make alerts       run the analytics rules on CAPTURE (dist/demo.log) and show the alerts that Microsoft Sentinel would raise'
	@echo 'make workbook     serve the workbook on 127.0.0.1:PORT ($(PORT)), with the events of CAPTURE or of a generated week'
	@echo 'make playground   build the page that shows how the filter reads a message, and serve it on 127.0.0.1:PORT'
	@echo 'make test         build everything and run every test'
	@echo 'make bench        benchmark the filter natively, as WASM, inside the shippers and in Node, against serde_json and memchr'
	@echo 'make wasm         build dist/eset_filter.wasm, the WASM filter for Fluent Bit'
	@echo 'make native       build dist/flb-filter_eset.so, the native filter for Fluent Bit'
	@echo 'make lua          build dist/eset_filter.so, the Lua module for Vector'
	@echo 'make npm          build the npm package for browsers and Node, dist/eset-filter-VERSION.tgz'
	@echo 'make sentinel     write sentinel/*.json, *.bicep and CONTENT.md from the schema and the YAML files'
	@echo 'make samples      write the sample rows in sentinel/asim/samples'
	@echo 'make solution     write the solution for the Azure-Sentinel repository to dist/solution, or to the checkout INTO=CHECKOUT'
	@echo 'make screenshots  take the screenshots of the workbook page in docs/images'
	@echo 'make reference    write the generated parts of docs/reference.md from the schema and the command'
	@echo 'make azure        imitate Azure on 127.0.0.1:8080, to try the configurations without Azure'
	@echo 'make soak         send ten million messages through Fluent Bit and watch its memory; takes 15 minutes'
	@echo 'make check        check formatting, clippy, documentation and the fuzz targets, with warnings as errors'
	@echo 'make fuzz         fuzz each target for FUZZ_SECONDS ($(FUZZ_SECONDS)), with cargo-fuzz and a nightly toolchain'
	@echo 'make clean        remove everything that was built'

wasm:
	@plugin/fluent-bit-wasm/build

native:
	@cargo build --release --locked --package eset-filter-fluent-bit
	@mkdir -p dist
	@cp "$${CARGO_TARGET_DIR:-target}/release/libflb_filter_eset.so" dist/flb-filter_eset.so

lua:
	@cargo build --release --locked --package eset-filter-vector-lua
	@mkdir -p dist
	@cp "$${CARGO_TARGET_DIR:-target}/release/libeset_filter_lua.so" dist/eset_filter.so

npm:
	@plugin/browser/build --pack

baseline:
	@plugin/fluent-bit-wasm/build --baseline

demo: wasm
	@$(cli) generate --count 40 > $(demo)
	@$(cli) --wasm dist/eset_filter.wasm --format table --stats $(demo)
	@echo 'Run `make alerts` to see the alerts that the Microsoft Sentinel rules raise for this capture.'

alerts: $(python)
	@cargo build --quiet --release --locked --package eset-filter-cli
	@[ -e "$(CAPTURE)" ] || [ "$(CAPTURE)" != $(demo) ] || { mkdir -p dist && $(cli) generate --count 40 > $(demo); }
	@$(python) sentinel/tools/alerts.py --filter "$${CARGO_TARGET_DIR:-target}/release/eset-filter" "$(CAPTURE)"

workbook: $(python) $(node_modules)
	@cargo build --quiet --release --locked --package eset-filter-cli
	@command="$${CARGO_TARGET_DIR:-target}/release/eset-filter"; \
	if [ "$(CAPTURE)" != "$(demo)" ]; then set -- "$(CAPTURE)"; else \
		mkdir -p dist && "$$command" generate --count 5000 > $(workbook_demo) && set -- --spread 7 $(workbook_demo); \
	fi; \
	exec $(python) sentinel/tools/page.py --filter "$$command" --port $(PORT) "$$@"

screenshots: $(python) $(node_modules)
	@cargo build --quiet --locked --package eset-filter-cli
	@$(python) tests/sentinel/screenshots.py

page: npm $(page_modules)
	@$(cli) generate --count 400 > $(page_capture)
	@node $(page)/build.mjs --package dist/npm --capture $(page_capture)

playground: page
	@exec node $(page)/serve.mjs --port $(PORT)

$(page_modules): $(page)/package-lock.json
	@npm ci --prefix $(page) --no-audit --no-fund --loglevel error
	@touch $@

$(python): tests/sentinel/requirements.txt sentinel/tools/requirements.txt
	@echo 'Installing Python packages in tests/sentinel/venv'
	@python3 -m venv tests/sentinel/venv
	@$(python) -m pip install --quiet --disable-pip-version-check --requirement tests/sentinel/requirements.txt
	@touch $@

$(node_modules): tests/sentinel/package-lock.json
	@npm ci --prefix tests/sentinel --no-audit --no-fund --loglevel error
	@touch $@

$(npm_modules): tests/npm/package-lock.json
	@npm ci --prefix tests/npm --no-audit --no-fund --loglevel error
	@touch $@

solution: $(python)
	@$(python) sentinel/tools/solution.py $(if $(INTO),--into "$(INTO)")

sentinel: $(python)
	@$(cli) azure > sentinel/azuredeploy.json
	@$(cli) azure --format bicep > sentinel/azuredeploy.bicep
	@$(cli) azure --content sentinel > sentinel/content.json
	@$(cli) azure --workbook sentinel/workbook.yaml > sentinel/workbook.json
	@$(python) sentinel/tools/catalogue.py

samples: $(python)
	@cargo build --quiet --release --locked --package eset-filter-cli
	@$(python) sentinel/tools/samples.py --filter "$${CARGO_TARGET_DIR:-target}/release/eset-filter"

reference:
	UPDATE_REFERENCE=1 cargo test --quiet --locked --package eset-filter-tests --test command reference

test: wasm native lua npm baseline page $(python) $(node_modules) $(npm_modules)
	@if command -v "$${FLUENT_BIT:-fluent-bit}" >/dev/null; then \
		echo "Fluent Bit: $$("$${FLUENT_BIT:-fluent-bit}" --version | head -n 1)"; \
	else \
		echo 'Skipping the tests with the real Fluent Bit: it is not in PATH, and FLUENT_BIT does not name it.'; \
	fi
	@found=; for vector in $$(echo "$${VECTOR:-vector}" | tr ':' ' '); do \
		command -v "$$vector" >/dev/null && found=1 && echo "Vector: $$("$$vector" --version)"; \
	done; \
	[ -n "$$found" ] || echo 'Skipping the tests with the real Vector: it is not in PATH, and VECTOR does not name it.'
	@if command -v "$${CHROMIUM:-chromium}" >/dev/null; then \
		echo "Chromium: $$("$${CHROMIUM:-chromium}" --version 2>/dev/null)"; \
	else \
		echo 'Skipping the tests of the workbook page, the npm package and the playground in Chromium: it is not in PATH, and CHROMIUM does not name it.'; \
	fi
	cargo test --workspace --locked
	@cargo build --quiet --locked --package eset-filter-cli
	$(python) -m pytest -q -n 2 --dist worksteal tests/sentinel
	node --test --test-reporter=spec tests/npm/package.test.mjs
	npm run --prefix $(page) check
	npm test --prefix $(page)

bench: wasm native lua npm baseline
	cargo bench --locked --package eset-filter-benches
	@$(cli) generate --count 30000 > dist/bench.log
	node plugin/browser/bench.mjs dist/bench.log

azure:
	@cargo run --locked --package eset-filter-azure-loopback

soak: native wasm
	cargo test --release --locked --package eset-filter-tests --test end_to_end -- --ignored --nocapture soak

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo check --quiet --manifest-path fuzz/Cargo.toml --locked
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

fuzz:
	@command -v cargo-fuzz >/dev/null || { echo 'cargo-fuzz is missing. Install it with: cargo install cargo-fuzz'; exit 1; }
	@for target in message broken envelope record cef leef; do \
		mkdir -p "fuzz/corpus/$$target"; \
		cargo +nightly fuzz run "$$target" "fuzz/corpus/$$target" tests/contract -- \
			-max_len=8192 -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

clean:
	cargo clean
	rm -rf dist tests/sentinel/venv tests/sentinel/node_modules tests/npm/node_modules $(page)/node_modules
