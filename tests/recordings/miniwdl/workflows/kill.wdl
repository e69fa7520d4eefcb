version 1.0
workflow stopped {
  input { String signal }
  call first
  call kill { input: signal = signal, file = first.out }
}
task first { command { echo hello } output { File out = stdout() } }
task kill {
  input { String signal File file }
  command <<<
    echo "about to end" >&2
    sleep 1
    engine=$PPID
    [ "$(cat "/proc/$engine/comm")" = miniwdl ] || engine=$(ps -o ppid= -p "$engine")
    kill -~{signal} $engine
    sleep 1
  >>>
}
