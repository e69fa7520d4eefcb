cwlVersion: v1.2
class: Workflow
requirements: {ScatterFeatureRequirement: {}, StepInputExpressionRequirement: {}, SubworkflowFeatureRequirement: {}, InlineJavascriptRequirement: {}, MultipleInputFeatureRequirement: {}}
inputs: {names: 'string[]', do_it: {type: boolean, default: false}}
outputs:
  all: {type: File, outputSource: pack/all}
  c: {type: File, outputSource: count/out}
steps:
  count:
    run:
      class: CommandLineTool
      baseCommand: [sh, -c, 'sleep 2; wc -c']
      stdin: $(inputs.f.path)
      inputs: {f: File}
      outputs: {out: {type: stdout}}
    in: {f: pack/all}
    out: [out]
  pack:
    run: ok.cwl
    in: {names: names}
    out: [all]
  packs:
    run: ok.cwl
    scatter: names
    in:
      names: {default: [[x, y],[z]]}
    out: [all]
  maybe:
    run: greet.cwl
    when: $(inputs.do_it)
    in: {name: {default: zoe}, do_it: do_it}
    out: [said]
  expr:
    run:
      class: ExpressionTool
      inputs: {names: 'string[]'}
      outputs: {n: int}
      expression: "${return {n: inputs.names.length};}"
    in: {names: names}
    out: [n]
