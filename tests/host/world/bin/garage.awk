# What Garage prints, in the shapes of each series (captured: tests/host/cluster/fixtures; a test compares), from a cluster of some lines.
# Variables: asked (the node's 16 hex), question. Exit codes: 96 it hangs, 97 it is down, 98 nobody told of that question.

function fit(text, width) { while (length(text) < width) text = text " "; return text }

# A table as Garage lays one out: each column as wide as its widest cell and two spaces, the last one of a row as it is.
function row(line) { rows[++count] = line }
function table(indent,    i, k, n, cell, width, text) {
    for (i = 1; i <= count; i++) {
        n = split(rows[i], cell, "\t")
        for (k = 1; k <= n; k++) if (length(cell[k]) > width[k]) width[k] = length(cell[k])
    }
    for (i = 1; i <= count; i++) {
        n = split(rows[i], cell, "\t")
        text = indent
        for (k = 1; k < n; k++) text = text fit(cell[k], width[k] + 2)
        print text cell[n]
    }
    count = 0
}

# Before 2.x the unit is by the logarithm to 1024, and the number by 1000: as the crate bytesize had it.
function size(bytes,    exponent) {
    for (exponent = 1; bytes >= 1024 ^ (exponent + 1) * (series == "2" ? 1 : 1.000001); exponent++);
    if (series == "2") return sprintf("%.1f %siB", bytes / 1024 ^ exponent, substr("KMGTP", exponent, 1))
    return sprintf("%.1f %sB", bytes / 1000 ^ exponent, substr("KMGTP", exponent, 1))
}

function capacity(text) { return text == "gateway" || series < "0.9" ? text : size(text) }
function tags(text) { return series == "2" ? "[" text "]" : text }
function free(both) { return series == "2" ? (both ? "71.6 GiB/252.0 GiB (28.4%)" : "71.6 GiB (28.4%)") : (both ? "76.9 GB/270.6 GB (28.4%)" : "76.9 GB (28.4%)") }
function short(id) { return substr(id, 1, 16) }
function reaches(from, to) { return up[to] && !((from, to) in unseen) }
function answers(from, to) { return reaches(from, to) && !((from, to) in dead) }

# --- reading ------------------------------------------------------------------------------------------------------------

$1 == "series" { series = $2 }
$1 == "hangs" && short($2) == asked { text = $0; sub(/^hangs [^ ]+ ?/, "", text); if (text == "" || index(question, text) == 1) hangs = 1 }
$1 == "node" { id[++nodes] = $2; name[$2] = $3; address[$2] = $4; release[$2] = $5; engine[$2] = $6; up[$2] = $7 == "up"; if (short($2) == asked) self = $2 }
$1 == "layout" { version = $2 }
$1 == "parameters" { parameters = 1 }
$1 == "role" || $1 == "change" { kind = $1; who = short($2); full[kind, who] = $2; zone[kind, who] = $3; cap[kind, who] = $4; tag[kind, who] = $5; list[kind, ++listed[kind]] = who }
$1 == "unseen" { unseen[$2, $3] = 1 }
$1 == "dead" { dead[$2, $3] = 1 }
$1 == "table" { value[$2, $3, $4] = $5 }
$1 == "queue" { queue[$2, $3] = $4 }
$1 == "worker" { text = $0; sub(/^worker [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", text); workers[$2, text] = $3 " " $4 " " $5 " " $6; if (text ~ / repair worker$/) { more[$2, ++mores[$2]] = text } }
$1 == "block" { blocks[$2, ++blockcount[$2]] = $3 "\t" $4 }
$1 == "partitions" { all = $2; ok = $3; quorum = $4 }
$1 == "history" { history[++histories] = $2 "\t" $3 "\t" $4 "\t" $5 }
$1 == "tracker" { trackers[++trackercount] = short($2) "\t#" $3 "\t#" $4 "\t#" $5 }
$1 == "lost" { lost[++losts] = short($2) }
$1 == "alone" { alone = 1 }
$1 == "bucket" { bucket[++buckets] = $2; alias[$2] = $3 }
$1 == "key" { key[++keys] = $2; keyname[$2] = $3 }

# --- status -------------------------------------------------------------------------------------------------------------

function status_row(node, failed,    text, who) {
    who = short(node)
    text = who "\tvm"
    if (!failed || series < "1") text = text "\t" address[node]
    if (("role", who) in full) {
        text = text "\t[" tag["role", who] "]\t" zone["role", who] "\t" capacity(cap["role", who])
        if (failed) text = text "\t37" (series == "0.7" ? "s" : " seconds") " ago"
        else if (series != "0.7") text = text "\t" free(0)
    } else text = text "\t" (series < "1" ? "" : "\t\t") (("change", who) in full ? (series < "1" ? "(pending)" : "pending...") : "NO ROLE ASSIGNED") (series < "1" ? "" : "\t")
    if (series == "2" && !failed) text = text "\t" (queue[node, "resync"] + 0) "\tcargo:" release[node]
    row(text)
}

function changes(    i, who) {
    row("ID\tTags\tZone\tCapacity")
    for (i = 1; i <= listed["change"]; i++) {
        who = list["change", i]
        row(zone["change", who] == "removed" ? who "\tREMOVED" : who "\t" tags(tag["change", who]) "\t" zone["change", who] "\t" capacity(cap["change", who]))
    }
    table("")
}

function status(    i, failed, gone) {
    print "==== HEALTHY NODES ===="
    row("ID\tHostname\tAddress\tTags\tZone\tCapacity" (series == "0.7" ? "" : "\tDataAvail") (series == "2" ? "\tResyncQueue\tVersion" : ""))
    for (i = 1; i <= nodes; i++) if (id[i] == self || reaches(self, id[i])) status_row(id[i], 0); else failed++
    table("")
    if (failed) {
        print "\n==== FAILED NODES ===="
        row("ID\tHostname" (series < "1" ? "\tAddress" : "") "\tTags\tZone\tCapacity\tLast seen")
        for (i = 1; i <= nodes; i++) if (id[i] != self && !reaches(self, id[i])) {
            status_row(id[i], 1)
            if (!(("role", short(id[i])) in full)) gone++
        }
        table("")
        if (gone && series >= "1") print "\nYour cluster is expecting to drain data from nodes that are currently unavailable.\nIf these nodes are definitely dead, please review the layout history with\n`garage layout history` and use `garage layout skip-dead-nodes` to force progress."
    }
    if (listed["change"]) {
        print "\n==== STAGED ROLE CHANGES ===="
        changes()
        print (series < "0.9" ? "" : "\n") "\nPlease use `garage layout show` to check the proposed new layout and apply it.\n"
    }
}

# --- stats --------------------------------------------------------------------------------------------------------------

function tables_shown() { return series == "2" ? "admin_token bucket_v2 bucket_alias key object bucket_object_counter multipart_upload bucket_mpu_counter version block_ref k2v_item k2v_index_counter_v2" : "bucket_v2 key object version block_ref" }
function of(node, which, what) { sub(/_v2$/, "", which); return value[node, which, what] + 0 }

function figures(node, detailed,    i, n, name_of, counted) {
    counted = detailed || engine[node] != "sled"
    n = split(tables_shown(), name_of, " ")
    if (series != "2") print "\nGarage version: cargo:" release[node] (series == "0.7" ? "" : " [features: k2v, " (series == "1" ? "" : "sled, ") "lmdb, sqlite, metrics, bundled-libs]")
    if (series == "0.7") {
        print "\nRing nodes & partition count:"
        for (i = 1; i <= listed["role"]; i++) if (cap["role", list["role", i]] != "gateway") print "  " list["role", i] " 256"
        for (i = 1; i <= n; i++) {
            print "\nTable stats for " name_of[i]
            if (detailed) print "  number of items: " of(node, name_of[i], "items") "\n  Merkle tree size: " of(node, name_of[i], "items") + 1
            print "  Merkle updater todo queue length: " of(node, name_of[i], "merkle")
            print "  GC todo queue length: " of(node, name_of[i], "gc")
        }
    } else {
        if (series == "2") {
            print "Node ID:                " short(node) "\nHostname:               vm\nGarage version:         cargo:" release[node]
            print "Garage features:        bundled-libs, k2v, lmdb, metrics, sqlite\nRust compiler version:  1.95.0\nDatabase engine:        " engine_text(node) "\n\nTable stats:"
        } else print "Rust compiler version: 1.95.0\n\nDatabase engine: " engine_text(node) "\n\nTable stats:"
        row("Table\tItems\tMklItems\tMklTodo" (series == "2" ? "\tInsQueue" : "") "\tGcTodo")
        for (i = 1; i <= n; i++)
            row(name_of[i] "\t" (counted ? of(node, name_of[i], "items") "\t" of(node, name_of[i], "items") + 1 : "NC\tNC") "\t" of(node, name_of[i], "merkle") (series == "2" ? "\t" of(node, name_of[i], "insert") : "") "\t" of(node, name_of[i], "gc"))
        table("  ")
    }
    print "\nBlock manager stats:"
    if (series == "2") print "  number of RC entries:       " of(node, "block_ref", "items") " (~= number of blocks)"
    else if (series != "0.7" || detailed) print "  number of RC entries (~= number of blocks): " (counted ? of(node, "block_ref", "items") : "NC")
    print "  resync queue length: " (series == "2" ? "       " : "") queue[node, "resync"] + 0
    print "  blocks with resync errors: " (series == "2" ? " " : "") queue[node, "errors"] + 0
    if (!counted && series != "0.7") print "\nIf values are missing above (marked as NC), consider adding the --detailed flag (this will be slow)."
    print ""
}

function engine_text(node) { return engine[node] == "lmdb" ? "LMDB (using Heed crate)" : engine[node] == "sqlite" ? "sqlite3 (using rusqlite crate)" : "Sled" }

function stats(    i) {
    if (series == "2") print "==== NODE [" short(self) "] ===="
    figures(self, question ~ /detailed|-d$/)
    if (series == "2") cluster_figures()
}

function cluster_figures(    i) {
    print "\n==== CLUSTER STATISTICS ====\nStorage nodes:"
    row("ID\tHostname\tZone\tCapacity\tPart.\tDataAvail\tMetaAvail")
    for (i = 1; i <= listed["role"]; i++) row(list["role", i] "\tvm\t" zone["role", list["role", i]] "\t" capacity(cap["role", list["role", i]]) "\t256\t" free(1) "\t" free(1))
    table("  ")
}

# 0.7 gives nothing as soon as one node fails. Up to 0.9 only nodes with a role are asked.
function stats_of_all(    i, failed, who) {
    for (i = 1; i <= nodes; i++) if (!answers(self, id[i]) && ("role", short(id[i])) in full) failed++
    if (series == "0.7" && failed) return 1
    for (i = 1; i <= nodes; i++) {
        who = short(id[i])
        if (series < "1" && !(("role", who) in full)) continue
        print series == "2" ? "==== NODE [" who "] ====" : "\n======================\nStats for node " who ":"
        if (id[i] == self || answers(self, id[i])) { figures(id[i], 0); if (series == "2") print "" }
        else print (series == "2" ? "Error: " : "") "Network error: Not connected: " who (series == "2" ? "\n" : "")
    }
    return 0
}

# --- layout -------------------------------------------------------------------------------------------------------------

function layout_show(    i, who) {
    print "==== CURRENT CLUSTER LAYOUT ===="
    if (!listed["role"]) print "No nodes currently have a role in the cluster.\nSee `garage status` to view available nodes."
    else {
        row("ID\tTags\tZone\tCapacity" (series < "0.9" ? "" : "\tUsable capacity"))
        for (i = 1; i <= listed["role"]; i++) {
            who = list["role", i]
            row(who "\t" tags(tag["role", who]) "\t" zone["role", who] "\t" capacity(cap["role", who]) (series < "0.9" ? "" : "\t" (cap["role", who] == "gateway" ? "" : size(cap["role", who]) " (100.0%)")))
        }
        table("")
        if (series >= "0.9") print "\nZone redundancy: maximum"
    }
    print "\nCurrent cluster layout version: " version
    if (listed["change"] || parameters) {
        print "\n==== STAGED ROLE CHANGES ===="
        if (listed["change"]) changes(); else print "\nZone redundancy: maximum"
        print "\nThis new layout cannot yet be applied."
    }
}

function json_role(kind, who, last,    part, n, i) {
    print "    {\n      \"id\": \"" full[kind, who] "\","
    if (zone[kind, who] == "removed") print "      \"remove\": true"
    else {
        print "      \"zone\": \"" zone[kind, who] "\",\n      \"capacity\": " (cap[kind, who] == "gateway" ? "null" : cap[kind, who]) ",\n      \"tags\": ["
        n = split(tag[kind, who], part, ",")
        for (i = 1; i <= n; i++) print "        \"" part[i] "\"" (i < n ? "," : "")
        print "      ]"
    }
    print "    }" (last ? "" : ",")
}

function json_roles(kind,    i) {
    for (i = 1; i <= listed[kind]; i++) json_role(kind, list[kind, i], i == listed[kind])
}

function layout_json() {
    print "{\n  \"version\": " version ",\n  \"roles\": ["
    json_roles("role")
    print "  ],\n  \"stagedRoleChanges\": ["
    json_roles("change")
    print "  ]" (series == "2" ? ",\n  \"stagedParameters\": " (parameters ? "{\"zoneRedundancy\": \"maximum\"}" : "null") : "") "\n}"
}

# A layout that waits for a lost node (`lost`), or, of a single node (`alone`), for any word about it.
function unfinished(    i) {
    history[++histories] = version "\tcurrent\t" listed["role"] + 0 "\t0"
    history[++histories] = version - 1 "\tdraining\t" listed["role"] + 0 "\t0"
    for (i = 1; i <= listed["role"]; i++) trackers[++trackercount] = list["role", i] "\t#" version "\t#" (losts ? version - 1 : version) "\t#" version - 1
    for (i = 1; i <= losts; i++) trackers[++trackercount] = lost[i] "\t#" version - 1 "\t#" version - 1 "\t#" version - 1
}

function layout_history(    i, cell, live) {
    if (losts || alone) unfinished()
    print "==== LAYOUT HISTORY ===="
    row("Version\tStatus\tStorage nodes\tGateway nodes")
    if (!histories) history[++histories] = version "\tcurrent\t" listed["role"] + 0 "\t0"
    for (i = 1; i <= histories; i++) {
        split(history[i], cell, "\t")
        if (cell[2] != "historical") live++
        row("#" cell[1] "\t" (series == "2" ? toupper(substr(cell[2], 1, 1)) substr(cell[2], 2) : cell[2]) "\t" cell[3] "\t" cell[4])
    }
    table("")
    if (live == 1) {
        print "\nYour cluster is currently in a stable state with a single live layout version."
        print "No metadata migration is in progress. Note that the migration of data blocks is not tracked,"
        print "so you might want to keep old nodes online until their data directories become empty."
        return
    }
    print "\n==== UPDATE TRACKERS ====\nSeveral layout versions are currently live in the cluster, and data is being migrated."
    print "This is the internal data that Garage stores to know which nodes have what data.\n"
    row("Node\tAck\tSync\tSync_ack")
    for (i = 1; i <= trackercount; i++) row(trackers[i])
    table("")
    print "\nIf some nodes are not catching up to the latest layout version in the update trackers,"
    print "it might be because they are offline or unable to complete a sync successfully."
    print "You may force progress using `garage layout skip-dead-nodes --version " version "`"
}

# --- workers, blocks, partitions ----------------------------------------------------------------------------------------

function worker_row(number, text, tranquility, queue_shown,    cell) {
    if ((self, text) in workers) {
        split(workers[self, text], cell, " ")
        row(number "\t" cell[1] "\t" text "\t" tranquility "\t" (text ~ / repair worker$/ ? (cell[1] == "Done" ? "100.00%" : "50.00%") : "-") "\t" cell[2] "\t" cell[3] "\t" cell[4] "\t" (cell[3] == "-" ? "" : "4 seconds ago"))
    } else row(number "\tIdle\t" text "\t" tranquility "\t-\t" queue_shown "\t-\t-\t")
}

function worker_list(    i, k, n, m, name_of, part, number) {
    row("TID\tState\tName\tTranq\tDone\tQueue\tErrors\tConsec\tLast")
    if (series == "2") worker_row(++number, "Block resync queue deferred worker", "-", "0")
    for (i = 1; i <= (series == "0.8" ? 4 : 8); i++) worker_row(++number, "Block resync worker #" i, i == 1 ? 2 : "-", i == 1 ? queue[self, "resync"] + 0 : "-")
    worker_row(++number, "Block scrub worker", 4, "-")
    n = split((series == "2" ? "admin_token " : "") "bucket_v2 bucket_alias key object bucket_object_counter " (series == "0.8" ? "" : "multipart_upload bucket_mpu_counter ") "version block_ref" (series == "0.8" ? "" : " -") " k2v_item k2v_index_counter_v2", name_of, " ")
    m = split("Merkle sync GC queue", part, " ")
    for (i = 1; i <= n; i++)
        if (name_of[i] == "-") worker_row(++number, "object lifecycle worker", "-", "-")
        else for (k = 1; k <= m; k++) worker_row(++number, name_of[i] " " part[k], "-", part[k] == "Merkle" ? of(self, name_of[i], "merkle") : part[k] == "queue" ? of(self, name_of[i], "insert") : "0")
    for (i = 1; i <= mores[self]; i++) worker_row(++number, more[self, i], "-", "-")
    table("")
}

function block_errors(    i, cell) {
    row("Hash\tRC\tErrors\tLast error\tNext try")
    for (i = 1; i <= blockcount[self]; i++) { split(blocks[self, i], cell, "\t"); row(cell[1] "\t" cell[2] "\t1\tnow\tin 59 seconds") }
    table("")
}

function health(    i, n, connected) {
    for (i = 1; i <= nodes; i++) if (id[i] == self || reaches(self, id[i])) connected++
    if (series == "0.8") print "{\n  \"status\": \"Healthy\",\n  \"known_nodes\": " nodes ",\n  \"connected_nodes\": " connected ",\n  \"partitions\": " all ",\n  \"partitions_quorum\": " quorum ",\n  \"partitions_all_ok\": " ok "\n}"
    else print "{\n  \"status\": \"healthy\",\n  \"knownNodes\": " nodes ",\n  \"connectedNodes\": " connected ",\n  \"partitions\": " all ",\n  \"partitionsQuorum\": " quorum ",\n  \"partitionsAllOk\": " ok "\n}"
}

function bucket_list(    i) {
    if (question ~ /json/) {
        print "["
        for (i = 1; i <= buckets; i++) print "  {\n    \"globalAliases\": [\n      \"" alias[bucket[i]] "\"\n    ],\n    \"id\": \"" bucket[i] "\"\n  }" (i < buckets ? "," : "")
        print "]"
        return
    }
    print "List of buckets:"
    for (i = 1; i <= buckets; i++) row(alias[bucket[i]] "\t\t" bucket[i])
    table("  ")
}

function key_list(    i) {
    if (series == "2") {
        row("ID\tCreated\tName\tExpiration")
        for (i = 1; i <= keys; i++) row(key[i] "\t2026-11-22\t" keyname[key[i]] "\tnever")
        table("")
        return
    }
    print "List of keys:"
    for (i = 1; i <= keys; i++) row(key[i] "\t" keyname[key[i]])
    table("  ")
}

END {
    if (!self || !up[self]) exit 97
    if (hangs) exit 96
    if (question == "status") status()
    else if (question == "stats -a") exit stats_of_all()
    else if (question ~ /^stats/) stats()
    else if (question == "layout show") layout_show()
    else if (question == "layout history") layout_history()
    else if (question ~ /^json-api GetClusterLayout$/ || question == "/v1/layout") layout_json()
    else if (question == "json-api GetClusterHealth" || question ~ /health$/) health()
    else if (question == "worker list") worker_list()
    else if (question == "block list-errors") block_errors()
    else if (question == "bucket list" || question == "json-api ListBuckets") bucket_list()
    else if (question == "key list") key_list()
    else if (question == "worker get scrub-corruptions_detected") print short(self) "  scrub-corruptions_detected  " queue[self, "corruptions"] + 0
    else exit 98
}
