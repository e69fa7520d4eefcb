"""What the commands share that ask a server over its API, from `ls` to `rm`."""
