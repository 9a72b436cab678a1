# Where no rules of CORS and lifecycle are named, nor were set from here.

def rule_changes($world; $id; $want; $set): {told: [], body: [], acts: []};
def rule_asks($world; $id; $want; $set): empty;
