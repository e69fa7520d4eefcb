cwlVersion: v1.2
class: CommandLineTool
doc: Ends the Toil that runs this by a signal.
baseCommand:
  - sh
  - -c
  - |
    sleep 4
    process=$PPID
    until grep -q toil-cwl-runner "/proc/$process/cmdline"; do
      process=$(sed -n "s/^PPid:.//p" "/proc/$process/status")
    done
    kill -"$0" "$process"
    sleep 5
inputs: {with: {type: string, inputBinding: {}}}
outputs: []
