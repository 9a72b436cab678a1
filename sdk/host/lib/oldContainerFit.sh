# shellcheck shell=bash
# What a container has to be so that it can be stopped, put away and brought back. `inspect` says the same at preview (judgeKeeper.ts).

old_container_fits() {
    local why file
    why="$(jq -r '.daemons[0] as $daemon | $daemon.keeper as $keeper | $keeper.container
        | if (.engine | IN("docker", "podman") | not) or (.id | test("^[0-9a-f]{64}$") | not) or (.name | test("^[A-Za-z0-9][A-Za-z0-9_.-]*$") | not) then "this tool can'"'"'t speak of it"
          elif $keeper.unit or .unit then "a unit of systemd keeps it running, and would bring it back"
          elif .autoRemove then "it is removed when it stops (--rm), so nothing could bring it back"
          elif .pid != $daemon.pid then "its main process (\(.pid)) isn'"'"'t the daemon (\($daemon.pid)): a shell or an init starts it"
          elif .network != "host" then "it has a network of its own"
          elif .restartFixed and .restart != "no" then "this podman can'"'"'t switch off its restart policy"
          else "" end' <<<"$OLD_LOOK" 2>/dev/null)" || why="this tool can't speak of it"
    [ -z "$why" ] || fail adopt-container "the container that Garage runs in can't be taken over: $why; nothing was touched: pulumi-garage-cluster inspect says what to do"
    file="$(old_container_starter)"
    [ -z "$file" ] ||
        fail adopt-container "$file starts the container that Garage runs in, and would bring it back, or another one; nothing was touched: take that unit away (the container may run on), and inspect again"
    old_name_free
}

# old_container_starter: the file of a unit that starts it by its name, or by its compose project.
old_container_starter() {
    local name compose dir file text starts
    name="$(jq -r '.daemons[0].keeper.container.name' <<<"$OLD_LOOK")"
    compose="$(jq -r '.daemons[0].keeper.container.compose // ""' <<<"$OLD_LOOK")"
    for dir in etc run lib usr/lib usr/local/lib; do
        for file in "$ROOT/$dir"/systemd/system/*.service; do
            [ -f "$file" ] || continue
            # Lines that end with a backslash go on.
            text="$(sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$file" 2>/dev/null)" || continue
            starts="$(grep -E '^Exec[A-Za-z]*=.*(docker|podman).*[[:space:]](run|start|up|create)([[:space:]]|$)' <<<"$text")" || continue
            if grep -qwF -- "$name" <<<"$starts" || { [ -n "$compose" ] && grep -qF -- "${compose%/*}" <<<"$text"; }; then
                printf '%s\n' "${file#"$ROOT"}"
                return
            fi
        done
    done
}
