cwlVersion: v1.2
class: CommandLineTool
doc: Ends the worker of Toil that runs this, as a machine does that has no memory left.
baseCommand: [sh, -c, 'sleep 3; kill -9 "$(sed -n "s/^PPid:.//p" "/proc/$PPID/status")"; sleep 5']
inputs: []
outputs: []
