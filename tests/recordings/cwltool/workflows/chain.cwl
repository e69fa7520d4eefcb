cwlVersion: v1.0
class: Workflow
inputs: []
outputs:
  said: {type: File, outputSource: after/said}
steps:
  greet:
    run: greet.cwl
    in: {name: {default: alice}}
    out: [said]
  bad:
    run: bad.cwl
    in: {name: {default: bob}, f: greet/said}
    out: [said]
  after:
    run: bad.cwl
    in: {name: {default: carol}, f: bad/said}
    out: [said]
