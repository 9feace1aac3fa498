#!/bin/sh
# Turns over each decision of mutations.list, builds, and wants the named test red. Run it from the top of a
# clean tree; it takes minutes. A decision that nothing notices is printed, and the exit code is 1.
set -u
list=agent/tests/truth/mutations.list
missed=0
tab=$(printf '\t')
judge() {
    cargo nextest run -p sekisho-agent --test truth -E "test($1)" >/dev/null 2>&1 </dev/null
}
# What is red already shows nothing.
judge the_laptop_that || exit 2
while IFS="$tab" read -r path from to red; do
    case $path in '' | '#'*) continue ;; esac
    cp "$path" "$path.kept"
    FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' "$path"
    judge "$red"
    case $? in
    # cargo-nextest's own code for tests that failed.
    100) echo "red: $red: $path: $to" ;;
    0)
        echo "unseen: $path: $from -> $to"
        missed=1
        ;;
    *)
        echo "does not build: $path: $to"
        missed=1
        ;;
    esac
    mv "$path.kept" "$path"
    touch "$path"
done <"$list"
exit $missed
