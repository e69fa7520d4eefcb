cwlVersion: v1.0
class: Workflow
requirements: {StepInputExpressionRequirement: {}}
inputs: {signal: string}
outputs:
  said: {type: File, outputSource: kill/said}
steps:
  greet:
    run: greet.cwl
    in: {name: {default: alice}}
    out: [said]
  kill:
    run:
      class: CommandLineTool
      # Its parent is cwltool.
      baseCommand: [sh, -c, 'echo "about to end" >&2; sleep 1; kill -"$1" "$PPID"; sleep 1', kill]
      inputs:
        signal: {type: string, inputBinding: {position: 1}}
        file: File
      outputs:
        said: {type: stdout}
    in: {signal: signal, file: greet/said}
    out: [said]
