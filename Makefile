# Faces of the project. Uses uv where it is there, plain venv and pip where not.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test quick check bench bench-taxii soak fuzz contract mutants sbom licences audit wheel lock side clean

$(STAMP): requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $(STAMP)

# Tools of no test: each in an environment of its own, made when it is asked for, with the same lock below it.
.venv-%/.installed: requirements.lock fuzz/%.txt
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) .venv-$* && \
	  uv pip install --quiet --python .venv-$*/bin/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python .venv-$*/bin/python --require-hashes -r fuzz/$*.txt ; \
	else \
	  $(PYTHON) -m venv .venv-$* && \
	  .venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  .venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r fuzz/$*.txt ; \
	fi
	@touch $@

demo: $(STAMP)
	@$(BIN)/comity demo $(if $(ONCE),--once) $(if $(JSON),--json)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The rules and the embedded store; whole nodes, doors and the second database are for `make test`.
quick: $(STAMP)
	COMITY_NO_POSTGRES=1 $(BIN)/pytest -n auto --dist loadfile -m "not slow" $(foreach room,acts api app cli laws supply,--ignore=tests/$(room))

test: check
	$(BIN)/pytest -n auto --dist loadfile

bench: $(STAMP)
	$(BIN)/python -m bench

# Beside the TAXII servers there are, from the package index in environments of their own; ARGS="--comity 1000,1000000".
bench-taxii: $(STAMP)
	@$(BIN)/python -m bench.taxii $(ARGS)

# Every parser, so many minutes in all: `make fuzz MINUTES=20`. A finding is kept in tests/corpus and ends with code 1.
fuzz: .venv-atheris/.installed
	@PYTHONPATH=src .venv-atheris/bin/python -m fuzz $(or $(MINUTES),10) $(TARGETS)

# Every commit of both nodes cut once, then MINUTES of random kills; SEED=n draws the same again. Linux only.
# DATABASE=postgresql: both nodes stand on a server that dies too.
soak: $(STAMP)
	COMITY_EVERY_WRITE=1 $(BIN)/pytest tests/laws/test_every_write.py
	@$(BIN)/python -m soak $(or $(MINUTES),20) $(if $(DATABASE),--database $(DATABASE)) $(if $(SEED),--seed $(SEED)) $(if $(JSON),--json)

# What is published of both listeners against a node that is thrown away, with schemathesis.
contract: .venv-schemathesis/.installed
	@PYTHONPATH=src .venv-schemathesis/bin/python -m fuzz.contract $(EXAMPLES)

# Mutation testing, group by group: `make mutants GROUPS="note chain"`; ONLY='*[05]' runs a fifth. Hours for all of them.
mutants: .venv-mutmut/.installed
	@PYTHONPATH=src .venv-mutmut/bin/python -m fuzz.mutants $(GROUPS)

sbom: $(STAMP)
	@$(BIN)/python -m supply.bill dist/comity.cdx.json

licences: $(STAMP)
	$(BIN)/python -m supply.licences

audit: $(STAMP)
	@$(BIN)/python -m supply.audit

wheel: $(STAMP)
	@$(BIN)/python -m supply.wheel dist

# Pins every dependency of every platform by hash; run by hand when pyproject.toml changes, then `make licences`.
lock:
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-annotate \
	  --extra dev pyproject.toml requirements-build.in -o requirements.lock

# The same for the tools in environments of their own; `fuzz/TOOL.in` says which.
side:
	@for tool in $(basename $(notdir $(wildcard fuzz/*.in))); do \
	  uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate \
	    --constraint requirements.lock fuzz/$$tool.in -o fuzz/$$tool.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) .venv-*/
