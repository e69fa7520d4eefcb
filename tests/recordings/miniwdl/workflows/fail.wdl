version 1.0
workflow hello {
  call good
  call bad { input: name = "bob" }
  call after { input: f = bad.said }
}
task good { command { sleep 1; echo good } output { File said = stdout() } }
task bad {
  input { String name }
  command { echo "cannot open the file of ~{name}" >&2; exit 3 }
  output { File said = stdout() }
}
task after { input { File f } command { cat ~{f} } }
