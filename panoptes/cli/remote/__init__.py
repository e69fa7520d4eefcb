"""What the commands share that ask a server over its API: `ls`, `show`, `watch` and `rm`."""
