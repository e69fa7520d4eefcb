version 1.0

workflow loud {
  input {
    Array[String] names
  }
  scatter (name in names) {
    call shout { input: name = name }
  }
  output {
    Array[String] out = shout.out
  }
}

task shout {
  input {
    String name
  }
  command <<<
    echo "HELLO ~{name}"
  >>>
  output {
    String out = read_string(stdout())
  }
  runtime {
    docker: "debian:12"
  }
}
