"""What a program or a module needs of a machine."""

import re
import subprocess

# glibc's own, which every Linux machine with glibc has. The dynamic linker's name has the processor.
OF_GLIBC = re.compile(r"lib(c|m)\.so\.6|ld-linux-[\w-]+\.so\.\d")
# The documents name this version, that of RHEL 9.
OLDEST_GLIBC = (2, 34)


def output(*words):
    """The output of a command; fails with the command's message unless it exits with 0."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needed_libraries(path):
    """The libraries that a file names, without the libraries of these libraries."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", path))


def newest_glibc(path):
    """The newest version of glibc of which a file needs a function, such as (2, 34)."""
    versions = re.findall(r"Name: GLIBC_([0-9.]+)", output("readelf", "-V", path))
    return max(tuple(int(part) for part in version.split(".")) for version in versions)
