# shellcheck shell=bash
# look: which Garage runs here, how, and by which configuration.

look_facts() {
    local pid found=""
    host_facts
    for pid in $(garage_processes); do
        # One that is gone meanwhile was none to be counted on; nor is a program with setuid.
        process_find "$pid" || continue
        found+="$pid "
        process_facts
    done
    fact_text pids "$found"
}

host_facts() {
    fact_text host_name "$(uname -n)"
    fact_text arch "$(uname -m)"
    fact os_release < <(cat "$ROOT/etc/os-release" 2>/dev/null || cat "$ROOT/usr/lib/os-release" 2>/dev/null)
    [ ! -e "$ROOT/etc/NIXOS" ] || fact_text nixos yes
    fact systemd < <(systemctl --version 2>/dev/null | sed -n '1p')
    fact units < <(systemctl list-units --all --plain --no-legend 'garage*.service' 2>/dev/null)
    [ ! -e "$ROOT/etc/garage-node/claim" ] || fact claim <"$ROOT/etc/garage-node/claim"
}

process_facts() {
    local path
    fact "$P_PID.cmdline" <"$PROC/cmdline"
    fact_text "$P_PID.ticks" "$(process_ticks)"
    fact_text "$P_PID.start" "$(process_start)"
    fact_text "$P_PID.uid" "$P_UID"
    fact_text "$P_PID.gid" "$P_GID"
    fact_text "$P_PID.user" "$(own_user "$P_UID")"
    of_process readlink -n "$PROC/exe" | fact "$P_PID.exe"
    exe_sum | fact "$P_PID.sha256"
    garage_run --version 2>/dev/null | sed -n '1p' | tr -d '\n' | fact "$P_PID.version"
    of_process cat "$PROC/environ" | fact "$P_PID.environ"
    path="$(config_path)"
    fact_text "$P_PID.config_path" "$path"
    if by_process test -f "$path" && by_process test -r "$path"; then
        small_file "$path" | fact "$P_PID.config"
        fact_text "$P_PID.config_changed" "$(by_process stat -L -c %Y "$path")"
    fi
    process_listeners | fact "$P_PID.listeners"
    keeper_facts
}
