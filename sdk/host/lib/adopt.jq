# What speaks against taking over the Garage that runs on this host: what has changed since adopt.json was written, and what isn't well. Pure.
# Behind inspect.jq: $seen is this node's part of adopt.json, $look and $node are inspect's documents of now.

def told: if . == null then "nothing" elif type == "string" then . else tojson end;
def changed($what; $was; $is): if $was == $is then empty else {id: "adopt-stale", text: "\($what) is \($is | told), and was \($was | told)"} end;
def unwell($text): {id: "adopt-not-healthy", text: $text};

# A verb that was cut short may have left one of ours.
def unit_facts: {name, file, dropIns: ((.dropIns // []) - ["/run/systemd/system/\(.name).d/90-garage-node.conf"]), user, dynamicUser};
def place: {path, real, uid, gid, mode};

def stale($seen; $process; $node):
    ($process.keeper.unit // {} | unit_facts) as $unit | ($seen.keeper.unit // {} | unit_facts) as $old
    | changed("its id"; $seen.id; $node.id),
      changed("its release"; $seen.release; $process.release),
      changed("its binary"; $seen.binary.path; $process.exe),
      (if $process.replaced then {id: "adopt-stale", text: "another file lies at \($process.exe) by now"} else empty end),
      changed("the checksum of its binary"; $seen.binary.sha256; $process.sha256),
      changed("the number of its user"; $seen.process.uid; $process.uid),
      changed("the number of its group"; $seen.process.gid; $process.gid),
      changed("what keeps it running"; $seen.keeper.kind; $process.keeper.kind),
      ($unit | keys_unsorted[] as $key | changed("its unit's \($key)"; $old[$key]; $unit[$key])),
      ($process.keeper.container // {} | del(.pid) | keys_unsorted[] as $key | changed("its container's \($key)"; $seen.keeper.container[$key]; $process.keeper.container[$key])),
      changed("its command line"; $seen.words; $process.words),
      changed("its environment"; $seen.environment; $process.environment),
      changed("its configuration"; $seen.configuration.path; $process.config.path),
      changed("the time when \($process.config.path) was written"; $seen.configuration.changed; $process.config.changed),
      changed("its engine"; $seen.engine; $node.daemon.engine // (if $node.engines | length == 1 then $node.engines[0] else null end)),
      changed("its directories"; [$seen.directories[] | place]; [$node.directories[] | place]),
      changed("the layout's version"; $seen.layoutVersion; $node.daemon.layout.version);

# What is being moved is on no node whole.
def draining: [.layout.live[]?] | length > 1 and any(.[]; .storage > 1);

def not_well($ids; $node):
    $node.daemon as $daemon
    | if $daemon == null then unwell("it doesn't answer")
      else
        ($daemon.errors[] | unwell("asked for its \(.question), it gives \(.why)")),
        ([$ids[] | .[:16]] - ($daemon.answersThrough // []) | if . == [] then empty else unwell("it gets no answer of \(join(", "))") end),
        (if $daemon.layout.staged then unwell("changes of the layout are staged") else empty end),
        (if $daemon | draining then unwell("data still move by the last change of the layout") else empty end),
        ($daemon.blockErrors.needed // $daemon.queues.resyncErrors // 0 | if . > 0 then unwell("\(.) blocks could not be brought in") else empty end),
        ([$daemon.workers[]? | select(.consecutive > 0) | .name] | if . == [] then empty else unwell("workers fail: \(join(", "))") end),
        ($daemon.partitions | if . == null or .ok == .all then empty else unwell("not every partition has all its copies (\(.ok) of \(.all))") end)
      end;

def mixed($node): $node.directories[] | (.owners // [] | map(select(. != "0:0"))) as $others
    | if ($others | length) > 1 or (($others | length) == 1 and .uid != 0 and $others[0] != "\(.uid):\(.gid)")
      then {id: "adopt-owners-mixed", text: "\(.path) holds files of \(.owners | join(" and "))"} else empty end;

# One line a reason, and a last one that says how many: what isn't whole is a reason too.
def against($seen; $look; $node; $ids):
    [if ($look.daemons | length) != 1 then {id: "adopt-stale", text: "\($look.daemons | length) daemons of Garage run here, and it was one"}
     elif $node.gone then {id: "adopt-stale", text: "the daemon was started anew while it was looked at"}
     else stale($seen; $look.daemons[0]; $node), mixed($node), not_well($ids; $node) end]
    | (.[] | "\(.id)\t\(.text | gsub("[\\x00-\\x1f\\x7f]"; " "))"), "judged\t\(length)";
