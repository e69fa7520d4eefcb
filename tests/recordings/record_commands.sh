#!/bin/bash
# Records what `panoptes run` tells of real runs of cwltool or miniwdl, a file for each scenario:
#
#     tests/recordings/record_commands.sh cwltool FOLDER/bin/cwltool tests/recordings/cwltool/VERSION
#
# The engine's name is followed by the program, by the folder into which the files go, and by the
# scenarios where only some are wanted. The program must be called `cwltool` or `miniwdl`; miniwdl
# runs with its plugin miniwdl-backend-bare.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
engine=$1 program=$(realpath -s "$2")
mkdir -p "$3"
into=$(realpath "$3")
wanted=" ${*:4} "
flows=$here/$engine/workflows
env=$(dirname "$(dirname "$program")")
python=$("$env/bin/python" -c "import sys; print(sys.base_prefix)")
scratch=$(mktemp -d)
cd "$scratch" || exit
export PYTHONPATH=$root MINIWDL__SCHEDULER__CONTAINER_BACKEND=bare
export MINIWDL__TASK_RUNTIME__COMMAND_SHELL=/bin/bash XDG_CONFIG_HOME=$scratch

record() {  # SCENARIO ARGUMENT…
    local scenario=$1
    shift
    [ "$wanted" = "  " ] || [[ $wanted == *" $scenario "* ]] || return
    env --default-signal=INT "$root/.venv/bin/python" -m devtools.record "$into/$scenario.jsonl" \
        "$root/.venv/bin/python" -m panoptes run --quiet --url ADDRESS -- "$program" "$@" \
        > "$scenario.out" 2> "$scenario.err" < /dev/null
    local status=$?
    sed -i "s#$env#/env#g; s#$python#/usr#g; s#$root#/project#g; s#$scratch#/scratch#g" \
        "$into/$scenario.jsonl"
    sed -i "s#$HOME/#/home/user/#g" "$into/$scenario.jsonl"
    gzip -9 -n -f "$into/$scenario.jsonl"
    echo "$scenario: $status"
}

record_cwltool() {
    local names=$flows/names.yml
    record ok --no-container "$flows/ok.cwl" "$names"
    record nested --no-container "$flows/nested.cwl" "$names"
    record parallel --no-container --parallel "$flows/nested.cwl" --do_it --names a --names b
    record fail --no-container "$flows/chain.cwl"
    record continue --no-container --on-error continue "$flows/fail.cwl" "$names"
    record quiet --no-container --quiet "$flows/ok.cwl" "$names"
    record quiet_fail --no-container --quiet --on-error continue "$flows/fail.cwl" "$names"
    record plain --no-container --timestamps --disable-color "$flows/ok.cwl" "$names"
    "$program" --no-container --cachedir cache "$flows/ok.cwl" "$names" > first.out 2>&1
    record cached --no-container --cachedir cache "$flows/ok.cwl" "$names"
    record debug --no-container --debug --on-error continue "$flows/fail.cwl" "$names"
    record syntax --no-container "$flows/syntax.cwl"
    record input --no-container "$flows/ok.cwl"
    record words --no-container "$flows/words.cwl"
    record absent --no-container "$flows/absent.cwl"
    record forgotten --no-container "$flows/forgotten.cwl"
    record expression --no-container "$flows/expression.cwl"
    local signal
    for signal in INT TERM KILL; do
        record "sig${signal,,}" --no-container "$flows/kill.cwl" --signal "$signal"
    done
}

record_miniwdl() {
    record ok run "$flows/ok.wdl"
    record json run --log-json "$flows/ok.wdl"
    record nested run "$flows/nested.wdl"
    record fail run "$flows/fail.wdl"
    record verbose run --verbose "$flows/fail.wdl"
    record debug run --debug "$flows/fail.wdl"
    record retry run "$flows/retry.wdl" count="$scratch/count"
    record task run "$flows/task.wdl" name=alice
    export MINIWDL__CALL_CACHE__DIR=$scratch/cache
    export MINIWDL__CALL_CACHE__PUT=true MINIWDL__CALL_CACHE__GET=true
    "$program" run "$flows/ok.wdl" > first.out 2>&1
    "$program" run "$flows/task.wdl" name=bob > first.out 2>&1
    record cached run "$flows/ok.wdl"
    record cached_task run "$flows/task.wdl" name=bob
    record cached_part run "$flows/nested.wdl" do_it=true
    unset MINIWDL__CALL_CACHE__DIR MINIWDL__CALL_CACHE__PUT MINIWDL__CALL_CACHE__GET
    record syntax run "$flows/syntax.wdl"
    record input run "$flows/task.wdl"
    local signal
    for signal in INT TERM KILL; do
        record "sig${signal,,}" run "$flows/kill.wdl" signal="$signal"
    done
}

"record_$engine"
