#!/bin/bash
# Records what `panoptes run` tells of real runs of Toil, a file for each scenario:
#
#     tests/recordings/record_toil.sh ENVIRONMENT/bin tests/recordings/toil/VERSION
#
# Tasks of WDL run without containers: workflows/singularity stands in for that program.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$(realpath "$1")
mkdir -p "$2"
into=$(realpath "$2")
scratch=$(mktemp -d)
cp "$here"/toil/workflows/* "$scratch"
cd "$scratch" || exit
export PYTHONPATH=$root PATH=$scratch:$bin:$PATH MINIWDL__SINGULARITY__IMAGE_CACHE=$scratch

record() {  # SCENARIO COMMAND…
    local scenario=$1
    shift
    "$root/.venv/bin/python" -m devtools.record "$into/$scenario.jsonl" \
        "$root/.venv/bin/python" -m panoptes run --quiet --url ADDRESS -- "$@" \
        > "$scenario.out" 2> "$scenario.err" < /dev/null
    echo "$scenario: $?"
}

cwl=(toil-cwl-runner --no-container --outdir out)
wdl=(toil-wdl-runner --container singularity -o out)
record ok "${cwl[@]}" ok.cwl ok.yml
record fail "${cwl[@]}" --retryCount 1 ok.cwl fail.yml
record chain "${cwl[@]}" --retryCount 1 chain.cwl --name anna --status 3
record samples "${cwl[@]}" samples.cwl ok.yml
record quiet "${cwl[@]}" --logWarning --retryCount 0 chain.cwl --name anna --status 3
record syntax "${cwl[@]}" syntax.cwl
for signal in INT TERM KILL; do
    record "sig${signal,,}" "${cwl[@]}" kill.cwl --with "$signal"
done
record worker_killed "${cwl[@]}" kill_worker.cwl
record restart_begun "${cwl[@]}" --jobStore "$scratch/store" --retryCount 0 chain.cwl \
    --name anna --status 3
record restart "${cwl[@]}" --jobStore "$scratch/store" --restart chain.cwl --name anna --status 3
record wdl "${wdl[@]}" ok.wdl ok.json
record wdl_fail "${wdl[@]}" --retryCount 0 ok.wdl fail.json

# Where it was recorded is nobody's business.
python=$("$bin/python" -c 'import sys; print(sys.base_prefix)')
sed -i "s#$scratch#/home/user/project#g; s#$(basename "$scratch")#project#g; s#$python#/usr#g
    s#$(dirname "$bin")#/opt/toil#g; s#$(dirname "$(realpath "$bin")")#/opt/toil#g" "$into"/*.jsonl
