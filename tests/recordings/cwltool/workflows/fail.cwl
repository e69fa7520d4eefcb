cwlVersion: v1.0
class: Workflow
requirements: {ScatterFeatureRequirement: {}, StepInputExpressionRequirement: {}}
inputs: {names: 'string[]'}
outputs:
  all: {type: File, outputSource: greet/said}
  poor: {type: File, outputSource: after/said}
steps:
  greet:
    run: greet.cwl
    in: {name: {default: alice}}
    out: [said]
  bad:
    run: bad.cwl
    in: {name: {default: bob}}
    out: [said]
  after:
    run: bad.cwl
    in: {name: {default: carol}, f: bad/said}
    out: [said]
