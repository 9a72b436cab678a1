# What `inspect` makes of the facts that its scripts gather: documents without secrets. docs/adopting.md has their shape. Behind words.jq,
# garage.jq, report.jq and secrets.jq.

def nothing: if . == "" then null else . end;
def digits_or_null: if . != null and digits then tonumber else null end;

# --- a process ----------------------------------------------------------------------------------------------------------

# Of the command line only what is known to be none: `server`, a configuration, names of options.
def shown_words:
    nul_words as $words
    | [range(1; $words | length) as $at
        | $words[$at]
        | if IN("server", "-c", "--config") or (startswith("--config=")) or ($at > 1 and ($words[$at - 1] | IN("-c", "--config"))) then .
          elif startswith("-") then split("=")[0]
          else "…" end];
def plain_variables: ["GARAGE_CONFIG_FILE", "GARAGE_ALLOW_WORLD_READABLE_SECRETS", "GARAGE_LOG_TO_SYSLOG", "GARAGE_LOG_TO_JOURNALD", "RUST_LOG"];
def shown_environment:
    [nul_words[] | split("=") | {key: .[0], value: (.[1:] | join("="))}
        | select(.key | startswith("GARAGE_") or . == "RUST_LOG")
        | if (.key | IN(plain_variables[]) or endswith("_FILE")) then . else .value = "…" end]
    | from_entries;

def properties: [lines[] | select(contains("=")) | split("=") | {key: .[0], value: (.[1:] | join("="))}] | from_entries;
def unit_of: properties | {
    name: .Id, file: (.FragmentPath | nothing), dropIns: (.DropInPaths // "" | cells), enabled: (.UnitFileState | nothing),
    user: (.User | nothing), dynamicUser: (.DynamicUser == "yes"), restart: (.Restart | nothing)
};
def restart_of: if (.Name // "") == "" then "no" elif .Name == "on-failure" and (.MaximumRetryCount // 0) > 0 then "on-failure:\(.MaximumRetryCount)" else .Name end;
# Only what says how it is run: its environment may hold secrets.
def container_of($engine; $id; $fixed):
    (try (fromjson | .[0]) catch null) as $seen
    | {engine: $engine, id: $id} + if $seen == null then {} else {
        name: ($seen.Name | ltrimstr("/")), image: ($seen.Config.Image // $seen.ImageName), restart: ($seen.HostConfig.RestartPolicy | restart_of),
        restartFixed: $fixed, autoRemove: ($seen.HostConfig.AutoRemove == true), network: ($seen.HostConfig.NetworkMode // null),
        pid: ($seen.State.Pid // null), unit: ($seen.Config.Labels.PODMAN_SYSTEMD_UNIT? // null),
        compose: ($seen.Config.Labels["com.docker.compose.project.config_files"]? // null),
        mounts: [$seen.Mounts[]? | {source: .Source, target: .Destination, type: .Type}],
        ports: [$seen.HostConfig.PortBindings // {} | to_entries[] | select(.key | endswith("/tcp"))
            | (.key | rtrimstr("/tcp") | digits_or_null) as $inside | .value[]? | {inside: $inside, host: (.HostPort | digits_or_null)}]
    } end;
def keeper:
    if .container then ((.container | cells) as [$engine, $id] | {kind: "container", container: (.container_fixed as $fixed | .container_json // "" | container_of($engine; $id; $fixed == "yes"))})
        + if .unit_show then {unit: (.unit_show | unit_of)} else {} end
    elif .unit_show then {kind: "unit", unit: (.unit_show | unit_of)}
    else {kind: "hand"} end;

# "garage v1.3.0 [features: …]", "garage cargo:1.3.0 …", "garage 0.7.0"; a number of four parts is nobody's release.
def release_said: [match("(?:^|[ :v])([0-9]+\\.[0-9]+\\.[0-9]+[A-Za-z0-9.+-]*)").captures[0].string] | first // null;

def process:
    {
        pid: (.pid | tonumber), ticks: .ticks, start: (.start | digits_or_null), uid: (.uid | digits_or_null), gid: (.gid | digits_or_null), user: (.user | nothing),
        exe: (.exe // "" | rtrimstr(" (deleted)") | nothing), replaced: (.exe // "" | endswith(" (deleted)")), sha256: (.sha256 | nothing),
        version: (.version // "" | nothing), release: (.version // "" | release_said), words: (.cmdline | shown_words), environment: (.environ // "" | shown_environment),
        keeper: keeper,
        config: {path: .config_path, text: (if .config then .config | masked else null end), changed: (.config_changed | digits_or_null)},
        listeners: [(.listeners // "") | lines[] | select(. != "") | try listener catch empty]
    };

# --- a host -------------------------------------------------------------------------------------------------------------

def os_release: [lines[] | capture("^(?<key>[A-Z_]+)=[\"']?(?<value>[^\"']*)")] | from_entries;
def machine:
    (.os_release // "" | os_release) as $os
    | {
        name: (.host_name // ""), os: ($os.PRETTY_NAME // $os.ID // null), arch: (.arch | nothing), nixos: (.nixos != null or $os.ID == "nixos"),
        systemd: (.systemd // "" | nothing | if . == null then null else (capture("(?<n>[0-9]+)").n | tonumber) end),
        claim: (.claim | nothing),
        units: [(.units // "") | lines[] | cells | select(length > 3) | {name: .[0], active: .[2], sub: .[3]}]
    };

# Facts of the process N have names `<N>.<fact>`.
def look:
    facts as $all
    | {
        inspect: 1, host: ($all | machine),
        daemons: [($all.pids // "" | cells)[] as $pid
            | [$all | to_entries[] | select(.key | startswith($pid + ".")) | {key: .key[($pid | length) + 1:], value}] | from_entries | .pid = $pid | process]
    };

# --- a node -------------------------------------------------------------------------------------------------------------

# A directory's line: `<uid> <gid> <mode> <free MiB> <type of file system> <real path>`, and who owns what is in it.
def directory($path):
    (.line // "" | split(" ")) as $cells
    | {path: $path, there: (.line != null)} + if .line == null then {} else {
        uid: ($cells[0] | digits_or_null), gid: ($cells[1] | digits_or_null), mode: $cells[2], freeMiB: ($cells[3] | digits_or_null), fileSystem: $cells[4],
        real: ($cells[5:] | join(" ")), user: (.user // "" | nothing), owners: [(.owners // "") | lines[] | select(. != "")]
    } end;

# Of some fifty workers only those that have errors.
def failing: if .workers then .workers |= map(select(.errors > 0)) else . end;

def node($daemon):
    [inputs | split(" ") | {key: .[0], value: (.[1] // "")}] | from_entries
    | (.layout // null) as $layout
    | map_values(@base64d)
    | . as $facts
    | {
        inspect: 1, id: (.id // "" | nothing), engines: (.engines // "" | cells), layoutFile: $layout,
        directories: [range(0; .paths | tonumber) | tostring as $at
            | $facts["path." + $at] as $path
            | {line: $facts["line." + $at], user: $facts["user." + $at], owners: $facts["owners." + $at]} | directory($path)],
        marks: ([to_entries[] | select(.key | startswith("mark.")) | {key: .key[5:], value}] | from_entries),
        daemon: $daemon
    };
