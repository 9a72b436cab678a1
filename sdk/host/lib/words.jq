# What is taken for what. Nothing that comes from a daemon, a peer or a file gets past here as anything else; what doesn't fit ends the
# answer that it stands in. For jq 1.6: its numbers are doubles, so ids stay text, and only what is counted becomes a number.

def nonsense: error("answers what isn't understood");

def digits: type == "string" and test("\\A[0-9]{1,18}\\z");
def number: if digits then tonumber else nonsense end;
def natural: if type == "number" and . >= 0 and . < 1e18 and . == floor then . else nonsense end;
# Not $length: a parameter hides the function of that name.
def hex($digits): if type == "string" and length == $digits and test("\\A[0-9a-f]+\\z") then . else nonsense end;
def word: if type == "string" and test("\\A[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\\z") then . else nonsense end;
def plain: if type == "string" and length <= 256 and (test("[\\x00-\\x1f\\x7f]") | not) then . else nonsense end;
def one_of($words): if IN($words[]) then . else nonsense end;

def lines: split("\n");
def cells: split(" ") | map(select(. != ""));
def trimmed: cells | join(" ");
# Where a heading begins; its column begins there too.
def column($heading): index($heading) // nonsense;
def listed($separator): split($separator) | map(select(. != ""));

# As digits: jq 1.6 has 1e+16 for so many bytes.
def whole: if . < 1e15 then tostring else (. / 1e9 | floor) as $high | "\($high)\(. - $high * 1e9 + 1e9 | tostring | .[1:])" end;
