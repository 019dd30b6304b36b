# Runs one of the edits below; `changed` says whether it changes something.
# shellcheck disable=SC2034 # nodes where nothing follows on an edit do not read it
run() {
    status=0
    python3 -B -I "$work" "$@" || status=$?
    case $status in
        0) changed=no ;;
        3) changed=yes ;;
        *) exit "$status" ;;
    esac
}

# Whether what was changed is to be put into force now.
in_force() {
    [ "$MERLON_APPLY" = yes ] && [ "${MERLON_RESTART:-yes}" != no ]
}

wait_for() {
    if in_force; then
        python3 -B -I "$work" wait "$@"
    fi
}

load_parameters() {
    if in_force; then
        sysctl --load=/etc/sysctl.d/90-merlon.conf
    fi
}

restart() {
    if in_force; then
        systemctl daemon-reload
        systemctl restart "$1"
        python3 -B -I "$work" wait unit "$1"
    else
        printf 'restart %s for the changes to count\n' "$1"
    fi
}

usage() {
    cat <<'MERLON_END'
Shows what would be mended on this node; with --apply, mends it.

    MERLON_NODE=NAME    the node, when the host has another name
    MERLON_ROOT=DIR     put before every path
    MERLON_RESTART=no   restart and wait for nothing
MERLON_END
}

# Which of the nodes this host is.
find_node() {
    for node in "${MERLON_NODE:-}" "$(uname -n)" "$(hostname -f 2>/dev/null || :)" "$(uname -n | cut -d . -f 1)"; do
        if [ -n "$node" ] && known "$node"; then
            return
        fi
        if [ -n "${MERLON_NODE:-}" ]; then
            break
        fi
    done
    printf 'none of the nodes is called %s; say which it is: MERLON_NODE=NAME\n' "${MERLON_NODE:-$(uname -n)}" >&2
    exit 2
}

MERLON_APPLY=no
case "${1-}" in
    '') ;;
    --apply) MERLON_APPLY=yes ;;
    *)
        usage
        exit 2
        ;;
esac
export MERLON_APPLY
export MERLON_ROOT="${MERLON_ROOT:-/}"

if ! command -v python3 >/dev/null; then
    echo 'this needs python3 on the node (3.6 or later); nothing was changed' >&2
    exit 1
fi
find_node
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
unpack
mend "$node"
if [ "$MERLON_APPLY" = no ]; then
    printf 'Nothing was changed. Run it with --apply to change what stands above.\n'
fi
