cwlVersion: v1.0
class: Workflow
requirements: {ScatterFeatureRequirement: {}, StepInputExpressionRequirement: {}}
inputs: {names: 'string[]'}
outputs:
  all: {type: File, outputSource: join/all}
steps:
  greet:
    run: greet.cwl
    scatter: name
    in: {name: names}
    out: [said]
  join:
    run: join.cwl
    in: {files: greet/said}
    out: [all]
