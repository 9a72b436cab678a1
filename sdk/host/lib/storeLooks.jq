# A look is the sheet's want, the records of this node, what it knows of the owner's own, what the website shows, the key that S3 is asked with, and
# the answers, each on lines of its own, up to a line that is the mark; behind its verdict there is that line too.
foreach inputs as $line ([]; if .[-1] == $mark then [$line] else . + [$line] end;
    if $line == $mark then (. as $look | $look[:2] + $look[5:-1] | look($look[2] | fromjson; $look[3]; $look[4])), $mark else empty end)
