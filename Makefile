# One target per task. On Debian: make, git and python3-venv are all that must be there beforehand.
# What a person reads here is in French, like the forum; `make help` lists the targets.

.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= var/demo
PORT ?= 8080
SOAK_MINUTES ?= 60
# Each file of tests in one process, the longest first: tests/conftest.py. Three processes for two cores: those of the
# browser and of hosts wait for others half of their time.
BY_FILE := --dist loadgroup --no-loadscope-reorder
STAMP := $(VENV)/.installed
SOURCES_OF_STAMPS := setup.cfg pyproject.toml constraints.txt

.PHONY: help port demo demo-reset demo-check test check test-long soak bench lock translations clean browser

help: ## Cette liste
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: port $(STAMP)-demo ## Trois communes sur cette machine (PORT=8080, DATA=var/demo)
	@exec $(BIN)/pop_forum demo --data "$(DATA)" --port "$(PORT)"

demo-reset: port $(STAMP)-demo ## La même démonstration, recommencée à neuf
	@exec $(BIN)/pop_forum demo --data "$(DATA)" --port "$(PORT)" --reset

demo-check: $(STAMP)-demo ## Trois hôtes séparés restent-ils d’accord quand on les arrête ? (moins de 90 s)
	@exec $(BIN)/pop_forum demo --check

test: $(STAMP)-test browser ## Tous les tests (11 à 15 minutes sur 2 cœurs ; le but est 10)
	@exec $(BIN)/python -m pytest -n 3 $(BY_FILE) -m "not long"

check: $(STAMP)-test ## Style, types, étages et tests unitaires, en moins d’une minute
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@echo "$(BIN)/mypy && $(BIN)/lint-imports &"; log=$$(mktemp); \
	{ $(BIN)/mypy && $(BIN)/lint-imports; } > $$log 2>&1 & beside=$$!; \
	echo "$(BIN)/python -m pytest -n 2 $(BY_FILE) tests/unit -m 'not long and not proof'"; \
	$(BIN)/python -m pytest -n 2 $(BY_FILE) tests/unit -m "not long and not proof"; status=$$?; \
	wait $$beside || { status=$$?; cat $$log; }; rm -f $$log; exit $$status

test-long: $(STAMP)-test browser ## Tous les tests, les longs compris (une heure au plus)
	@exec $(BIN)/python -m pytest

soak: $(STAMP)-demo ## « demo-check » sans relâche pendant SOAK_MINUTES=60 ; s’arrête au premier écart
	@end=$$(( $$(date +%s) + $(SOAK_MINUTES) * 60 )); rounds=0; \
	while [ $$(date +%s) -lt $$end ]; do \
	  $(BIN)/pop_forum demo --check || exit 1; rounds=$$((rounds + 1)); echo "→ tour $$rounds sans écart"; \
	done

bench: $(STAMP)-demo ## Les mesures ; un objet JSON en dernière ligne
	@exec $(BIN)/pop_forum bench

translations: $(STAMP)-demo ## Relève les phrases à traduire, puis compile les catalogues
	$(BIN)/pybabel -q extract -F babel.cfg --ignore-dirs=".* build dist" -k lazy_gettext -k gettext -k ngettext:1,2 \
	  --no-location --sort-output -o $(VENV)/messages.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --no-wrap --ignore-obsolete --ignore-pot-creation-date \
	  -i $(VENV)/messages.pot -d pop_forum/translations -l en
	$(BIN)/pybabel -q compile -d pop_forum/translations

lock: ## Recalcule constraints.txt dans un environnement neuf
	@$(check_python)
	@echo "→ Versions compatibles les plus récentes …"
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet ".[test]"
	@{ sed -n '/^#/p' constraints.txt; \
	   build/lock/bin/python -m pip freeze | grep -v -e ' @ ' -e '^-e ' | LC_ALL=C sort -f; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt && rm -rf build/lock
	@echo "→ constraints.txt : $$(grep -c == constraints.txt) versions exactes"

clean: ## Retire l’environnement et tout ce qui se refabrique ; garde les données de la démonstration
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find pop_forum tests -name __pycache__ -type d -exec rm -rf {} +

# --- The environment ------------------------------------------------------------------------------------------------
# A stamp file says what was installed from which setup.cfg and constraints.txt; make does the rest.

$(STAMP)-demo: $(SOURCES_OF_STAMPS)
	@$(check_python)
	@$(alone); $(make_environment); \
	echo "→ Installation de pop_forum (une à deux minutes la première fois) …"; \
	$(call install,.[pdf]); touch $@

$(STAMP)-test: $(SOURCES_OF_STAMPS)
	@$(check_python)
	@$(alone); $(make_environment); \
	echo "→ Installation de pop_forum et de ses outils de test (deux à trois minutes la première fois) …"; \
	$(call install,.[test]); touch $@ $(STAMP)-demo

# Before anything is installed: who mistypes a port should not wait two minutes for that answer.
port:
	@case "$(PORT)" in \
	  ""|*[!0-9]*|??????*) wrong=yes ;; \
	  *) [ "$(PORT)" -ge 1024 ] && [ "$(PORT)" -le 65535 ] || wrong=yes ;; \
	esac; \
	[ -z "$$wrong" ] || { echo "PORT doit être un nombre de 1024 à 65535 : par exemple « make demo PORT=8081 »." >&2; exit 2; }

# Two installations at once would break the environment of both. The lock ends with the shell that holds it.
define alone
mkdir -p build; exec 9> build/installation.lock; \
if command -v flock > /dev/null 2>&1 && ! flock -n 9; then \
  echo "Une autre installation est en cours dans ce dossier : attendez qu’elle se termine, puis relancez." >&2; exit 2; \
fi
endef

define check_python
command -v $(PYTHON) > /dev/null 2>&1 || { \
  echo "Il manque Python 3 : « sudo apt install python3-venv », puis relancez." >&2; exit 2; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  echo "pop_forum demande Python 3.11 ou plus récent ; « $(PYTHON) » est $$($(PYTHON) -V 2>&1)." >&2; exit 2; }; \
$(PYTHON) -c 'import venv, ensurepip' > /dev/null 2>&1 || { \
  echo "Il manque le module venv de Python : « sudo apt install python3-venv », puis relancez." >&2; exit 2; }
endef

define make_environment
if ! $(BIN)/python -c 'import pip' > /dev/null 2>&1; then \
  echo "→ Environnement Python dans $(VENV) …"; \
  out=$$($(PYTHON) -m venv --clear $(VENV) 2>&1) || { $(explain); }; \
fi
endef

define install
out=$$($(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 2 \
  -c constraints.txt -e '$(1)' 2>&1) || { $(explain); }
endef

define explain
free=$$(df -Pk $(VENV) 2> /dev/null | awk 'NR == 2 { print $$4 }'); \
[ "$${free:-99999}" -gt 20480 ] || out="No space left: $$out"; \
case "$$out" in \
  *"No space left"*|*"Errno 28"*|*"Disk quota"*) \
    echo "Le disque est plein : libérez environ un gigaoctet, puis relancez." >&2 ;; \
  *"name resolution"*|*"Temporary failure resolving"*|*"Could not resolve"*|*"Name or service not known"*|*"Network is unreachable"*|*"NewConnectionError"*|\
  *"timed out"*|*"ConnectionError"*|*"ProxyError"*) \
    echo "Pas de réseau : l’installation a besoin d’Internet la première fois. Vérifiez la connexion, puis relancez." >&2 ;; \
  *) printf '%s\n' "$$out" | tail -n 15 >&2; echo "L’installation a échoué ; la cause est ci-dessus." >&2 ;; \
esac; exit 2
endef

# --- The browser of the tests ---------------------------------------------------------------------------------------

browser:
	@command -v chromium-headless-shell > /dev/null 2>&1 && exit 0; \
	found=; for name in chromium chromium-browser google-chrome; do command -v $$name > /dev/null 2>&1 && found=$$name; done; \
	if ! command -v apt-get > /dev/null 2>&1; then sudo=none; \
	elif [ "$$(id -u)" = 0 ]; then sudo=; \
	elif sudo -n true > /dev/null 2>&1; then sudo="sudo -n"; else sudo=none; fi; \
	install="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends"; \
	if [ -n "$$found" ]; then \
	  [ "$$sudo" = none ] || $$install chromium-headless-shell > /dev/null 2>&1 || \
	    echo "→ $$found fera les tests : sans fenêtre (chromium-headless-shell), ils seraient plus rapides."; \
	  exit 0; \
	fi; \
	if [ "$$sudo" = none ]; then \
	  echo "Les tests demandent le navigateur Chromium : « sudo apt install chromium », puis relancez." >&2; exit 2; \
	fi; \
	echo "→ Installation de Chromium …"; \
	out=$$({ $$sudo apt-get -qq update && { $$install chromium-headless-shell || $$install chromium; }; } 2>&1) || { $(explain); }
