#!/bin/sh
# Turns over each decision of mutations.list, builds, and wants the named test red. Run it from the top of a
# clean tree; it takes minutes. A decision that nothing notices is printed, and the exit code is 1.
set -u
list=agent/tests/truth/mutations.list
missed=0
tab=$(printf '\t')
while IFS="$tab" read -r path from to red; do
    case $path in '' | '#'*) continue ;; esac
    cp "$path" "$path.kept"
    FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' "$path"
    if cargo nextest run -q -p sekisho-agent --test truth -E "test($red)" >"${OUT:-/dev/null}" 2>&1 </dev/null; then
        echo "unseen: $path: $from -> $to"
        missed=1
    else
        echo "red: $red: $path: $to"
    fi
    mv "$path.kept" "$path"
    touch "$path"
done <"$list"
exit $missed
