# The commands as `traject help` lists them, for the manual page.
function escape(text) { gsub(/\\/, "\\e", text); sub(/^[.']/, "\\\\\\&&", text); return text }
/^[^ ].*:$/ && !/^Usage/ {
    if (listed) print ".El"
    sub(/:$/, "")
    print ".Ss " escape($0) "\n.Bl -tag -width Ds"
    listed = 1
}
/^  [a-z]/ && listed {
    name = substr($0, 3, 24)
    sub(/ +$/, "", name)
    # A sentence of the manual begins a line.
    summary = escape(substr($0, 28))
    gsub(/\. +/, ".\n", summary)
    print ".It Cm " escape(name) "\n" summary
}
END { if (listed) print ".El" }
