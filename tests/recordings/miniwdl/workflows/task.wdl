version 1.0
task one { input { String name } command { echo "~{name}" >&2; sleep 1.5 } output { String s = read_string(stderr()) } }
